//! One life of the engine: `bellhop serve` as a process, from its start to its SIGKILL.

use std::fs::OpenOptions;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::support::{PATIENCE, TOKEN_VARIABLE, Workspace, bellhop};

/// The file in the workspace that every life writes its complaints to.
pub(crate) const LOG: &str = "serve.log";

/// So much of its end tells what went wrong.
const LINES: usize = 20;

/// A living engine; killed when dropped.
pub(crate) struct Life {
    child: Child,
    log: PathBuf,
}

impl Life {
    /// Starts it. It need not be ready yet: see [`Life::ready`].
    pub(crate) fn start(workspace: &Workspace, token: &str) -> Self {
        let path = workspace.path().join(LOG);
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let child = bellhop()
            .arg("serve")
            .current_dir(workspace.path())
            .env(TOKEN_VARIABLE, token)
            .env("BELLHOP_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(log.expect("a file for the log"))
            .spawn()
            .expect("the binary starts");
        Self { child, log: path }
    }

    /// Waits until it answers at its door, whatever it says. It listens before that.
    pub(crate) async fn ready(&mut self, address: SocketAddr) {
        let client = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client for plain HTTP");
        let door = format!("http://{address}/hooks/contacts");
        let end = Instant::now() + PATIENCE;
        let mut look = tokio::time::interval(Duration::from_millis(3));
        while client.get(&door).send().await.is_err() {
            let ended = self.child.try_wait().expect("its state can be asked");
            assert!(ended.is_none(), "bellhop serve ended by itself: {ended:?}\n{}", end_of(&self.log));
            assert!(Instant::now() < end, "bellhop serve did not open its door");
            look.tick().await;
        }
    }

    /// SIGKILL, and gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it lives");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM; it must end well.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("the system can send signals");
        let code = self.child.wait().expect("it ends").code();
        assert_eq!(code, Some(0), "bellhop serve did not stop well");
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last lines of a log.
pub(crate) fn end_of(log: &Path) -> String {
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// A free port that no outgoing connection is given by the system, so that it is still free after every death.
pub(crate) fn address(dice: &mut Dice) -> SocketAddr {
    loop {
        let port = u16::try_from(20_000 + dice.below(12_000)).expect("a port");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
