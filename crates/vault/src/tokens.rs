//! A pair of OAuth tokens that is renewed by one caller for all. How tokens are exchanged over the wire is not known
//! here: the caller brings that.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Mutex;

use crate::{Secret, VaultError};

/// An access token, and the refresh token for the next one.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// What calls are made with.
    pub access: Secret,
    /// What the next pair is asked for with; good once.
    pub refresh: Secret,
    /// When the access token ends, in seconds since 1970, where the app says so.
    pub expires_at: Option<i64>,
}

/// Keeps a new pair for good. Called before anyone may use the pair: a refresh token that is used and lost cannot
/// be had again.
pub type Persist = Box<dyn Fn(&Tokens) -> Result<(), VaultError> + Send + Sync>;

/// The tokens of one connection.
pub struct TokenSource<E> {
    current: RwLock<Option<Arc<Tokens>>>,
    first: Secret,
    persist: Persist,
    /// Renewals that have ended, well or not.
    ended: AtomicU64,
    /// Held through a renewal; the last one's failure.
    renewal: Mutex<Option<E>>,
}

impl<E: Clone + From<VaultError>> TokenSource<E> {
    /// A source that begins with the kept pair, or else with the refresh token `first`.
    pub fn new(first: Secret, kept: Option<Tokens>, persist: Persist) -> Self {
        Self {
            current: RwLock::new(kept.map(Arc::new)),
            first,
            persist,
            ended: AtomicU64::new(0),
            renewal: Mutex::new(None),
        }
    }

    /// The pair at hand; none before the first renewal.
    pub fn current(&self) -> Option<Arc<Tokens>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A pair other than `stale`. Of many callers one calls `exchange` with the refresh token; the others wait and share
    /// what comes of it, be it a pair or a failure. The new pair is kept before it is handed out.
    ///
    /// Run this where it is not cancelled half-way (in a task of its own): the exchange uses the refresh token up.
    pub async fn renew<F, R>(&self, stale: Option<&Arc<Tokens>>, exchange: F) -> Result<Arc<Tokens>, E>
    where
        F: FnOnce(Secret) -> R,
        R: Future<Output = Result<Tokens, E>>,
    {
        let before = self.ended.load(Ordering::Acquire);
        let mut last_failure = self.renewal.lock().await;
        let current = self.current();
        if let Some(newer) = newer(current.as_ref(), stale) {
            return Ok(newer);
        }
        if self.ended.load(Ordering::Acquire) != before
            && let Some(failure) = last_failure.as_ref()
        {
            return Err(failure.clone());
        }
        let refresh = current.map_or_else(|| self.first.clone(), |pair| pair.refresh.clone());
        let renewed = exchange(refresh).await.and_then(|pair| {
            (self.persist)(&pair)?;
            Ok(Arc::new(pair))
        });
        *last_failure = renewed.as_ref().err().cloned();
        if let Ok(pair) = &renewed {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(pair));
        }
        self.ended.fetch_add(1, Ordering::Release);
        renewed
    }
}

/// The current pair, where it is not the stale one.
fn newer(current: Option<&Arc<Tokens>>, stale: Option<&Arc<Tokens>>) -> Option<Arc<Tokens>> {
    current.filter(|current| stale.is_none_or(|stale| !Arc::ptr_eq(current, stale))).cloned()
}

impl<E> fmt::Debug for TokenSource<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenSource").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex as Lock, atomic::AtomicUsize};

    use super::*;

    fn pair(number: usize) -> Tokens {
        Tokens {
            access: Secret::new(format!("access-{number}")),
            refresh: Secret::new(format!("refresh-{number}")),
            expires_at: None,
        }
    }

    type Source = Arc<TokenSource<VaultError>>;

    fn source(persist: impl Fn(&Tokens) -> Result<(), VaultError> + Send + Sync + 'static) -> Source {
        Arc::new(TokenSource::new(Secret::new("refresh-0"), None, Box::new(persist)))
    }

    #[tokio::test]
    async fn many_callers_make_one_renewal_which_is_kept_before_it_is_used() {
        let kept = Arc::new(Lock::new(Vec::new()));
        let source = source({
            let kept = Arc::clone(&kept);
            move |tokens| {
                kept.lock().unwrap().push(tokens.refresh.expose().to_owned());
                Ok(())
            }
        });
        let exchanges = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = (0..20)
            .map(|_| {
                let (source, exchanges) = (Arc::clone(&source), Arc::clone(&exchanges));
                tokio::spawn(async move {
                    source
                        .renew(None, |refresh| async move {
                            assert_eq!(refresh.expose(), "refresh-0");
                            tokio::task::yield_now().await;
                            Ok(pair(exchanges.fetch_add(1, Ordering::SeqCst) + 1))
                        })
                        .await
                })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().access.expose(), "access-1");
        }
        assert_eq!(exchanges.load(Ordering::SeqCst), 1);
        assert_eq!(*kept.lock().unwrap(), ["refresh-1"]);

        let stale = source.current().unwrap();
        let next = source.renew(Some(&stale), |refresh| async move {
            assert_eq!(refresh.expose(), "refresh-1");
            Ok(pair(2))
        });
        assert_eq!(next.await.unwrap().access.expose(), "access-2");
        let late = source.renew(Some(&stale), |_| async { panic!("a late caller takes the pair at hand") });
        assert_eq!(late.await.unwrap().access.expose(), "access-2");
    }

    #[tokio::test]
    async fn a_pair_that_cannot_be_kept_is_not_used() {
        let source = source(|_| Err(VaultError::NoFolder("main".into())));
        let failed = source.renew(None, |_| async { Ok(pair(1)) }).await;
        assert_eq!(failed.unwrap_err(), VaultError::NoFolder("main".into()));
        assert!(source.current().is_none());
    }

    #[tokio::test]
    async fn those_who_waited_share_the_failure_and_those_who_come_later_try_again() {
        let source = source(|_| Ok(()));
        let exchanges = AtomicUsize::new(0);
        let attempt = || {
            source.renew(None, |_| async {
                exchanges.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Err(VaultError::MissingVariable("CLIENT".into()))
            })
        };
        let (first, second) = tokio::join!(attempt(), attempt());
        assert!(first.is_err() && second.is_err());
        assert_eq!(exchanges.load(Ordering::SeqCst), 1);
        assert!(attempt().await.is_err());
        assert_eq!(exchanges.load(Ordering::SeqCst), 2);
    }
}
