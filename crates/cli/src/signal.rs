//! The end that a person or the system asks for: Ctrl-C, or SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

/// Resolves when the process is asked to end. Where signals cannot be listened for, never.
pub(crate) async fn ended() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
