//! The end that a person or the system asks for: Ctrl-C, or SIGTERM.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

/// Resolves when the process is asked to end, from this call on: who asks before what it gives is waited for is heard, too.
/// Where signals cannot be listened for, never.
pub(crate) fn ended() -> impl Future<Output = ()> {
    let heard = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        let (Ok(mut interrupt), Ok(mut terminate)) = heard else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
