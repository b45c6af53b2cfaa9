//! Runs a sandbox on port 8610 until it is ended: for trying another client against it by hand.
//!
//! `cargo run -p bellhop-sandbox --example serve -- http://127.0.0.1:9000/hooks` sends its events there.

use std::net::SocketAddr;

use bellhop_sandbox::{Error, SandboxConfig, WebhookOptions, start};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 8610));
    let webhooks = WebhookOptions { to: std::env::args().nth(1), ..WebhookOptions::default() };
    let _sandbox = start(SandboxConfig { listen, webhooks, ..SandboxConfig::default() }).await?;
    std::future::pending::<()>().await;
    Ok(())
}
