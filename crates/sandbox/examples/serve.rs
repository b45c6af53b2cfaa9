//! Runs a sandbox on port 8610 until it is ended: for trying another client against it by hand.

use std::net::SocketAddr;

use bellhop_sandbox::{Error, SandboxConfig, start};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 8610));
    let _sandbox = start(SandboxConfig { listen, rate_limits: None, ..SandboxConfig::default() }).await?;
    std::future::pending::<()>().await;
    Ok(())
}
