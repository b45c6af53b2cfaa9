//! What the tests of the binary share: workspaces in folders of their own, the binary as a process, and patience
//! with an end.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bellhop_sandbox::{Fault, Running, SandboxConfig, start};
use serde_json::Value;
use tempfile::TempDir;

/// What takes longer than this has failed. A busy machine takes its time, and what comes is not waited for any longer.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);
/// The token's value that must never be seen anywhere.
pub(crate) const TOKEN_VARIABLE: &str = "BELLHOP_TEST_TOKEN";

/// The repository's top folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The binary, with an environment that has nothing of Bellhop's in it. `BELLHOP_TEST_BINARY` puts another in its place,
/// such as one that was built for release.
#[allow(clippy::disallowed_methods, reason = "which binary is tried is said from outside")]
pub(crate) fn bellhop() -> Command {
    let built = env!("CARGO_BIN_EXE_bellhop");
    let mut command =
        Command::new(std::env::var_os("BELLHOP_TEST_BINARY").unwrap_or_else(|| built.to_owned().into()));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BELLHOP_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str], folder: &Path) -> Output {
    bellhop().args(arguments).current_dir(folder).output().expect("the binary starts")
}

/// stdout as text.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// stderr as text.
pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether the advice that comes with a problem of `check --json` begins as sentences do.
pub(crate) fn begins_large(problem: &Value) -> bool {
    !problem["help"].as_str().unwrap_or_default().starts_with(char::is_lowercase)
}

/// A workspace in a folder of its own.
pub(crate) struct Workspace {
    pub(crate) folder: TempDir,
}

impl Workspace {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("recipes")).expect("a folder for recipes");
        Self { folder }
    }

    /// One whose connection `contacts` is the sandbox, and that listens on a free port.
    pub(crate) fn of(sandbox: &Running) -> Self {
        let workspace = Self::new();
        workspace.write(
            "bellhop.yaml",
            &format!(
                "time_zone: Europe/London\nconnections:\n  contacts:\n    base_url: {}\n    auth: {{ token: {{ env: {TOKEN_VARIABLE} }} }}\n    location_id: {}\n    webhook:\n      ed25519_public_key: {}\nserver:\n  listen: 127.0.0.1:0\n",
                sandbox.base_url(),
                sandbox.location_id(),
                sandbox.ed25519_public_key(),
            ),
        );
        workspace
    }

    /// The same, with a sandbox of its own that has this token and these faults (`reset@create-note*1`).
    pub(crate) async fn staged(token: &str, faults: &[&str]) -> (Running, Self) {
        let faults = faults.iter().map(|fault| Fault::parse(fault).expect("a fault")).collect();
        let config = SandboxConfig { token: token.into(), faults, ..SandboxConfig::default() };
        let sandbox = start(config).await.expect("a sandbox");
        let workspace = Self::of(&sandbox);
        (sandbox, workspace)
    }

    /// Writes a file below it. Whoever looks meanwhile sees the file as it was, or as it is to be.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
        let whole = self.folder.path().join(".being-written");
        std::fs::write(&whole, text).expect("a file");
        std::fs::rename(whole, path).expect("the file takes its place");
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the binary in it to its end, with the sandbox's token.
    pub(crate) fn run(&self, arguments: &[&str], token: &str) -> Output {
        bellhop()
            .args(arguments)
            .current_dir(self.path())
            .env(TOKEN_VARIABLE, token)
            .output()
            .expect("the binary starts")
    }

    /// The runs that the binary lists.
    pub(crate) fn runs(&self) -> Vec<Value> {
        let output = self.run(&["runs", "list", "--json"], "");
        let json: Value = serde_json::from_str(&out(&output)).unwrap_or_default();
        json["runs"].as_array().cloned().unwrap_or_default()
    }

    /// Whether there are runs, and all of them are in this state.
    pub(crate) fn all_runs_are(&self, status: &str) -> bool {
        let runs = self.runs();
        !runs.is_empty() && runs.iter().all(|run| run["status"] == status)
    }
}

/// `bellhop serve` as a process; killed when dropped.
pub(crate) struct Served {
    child: Child,
    address: SocketAddr,
    log: mpsc::Receiver<String>,
    /// What it logged before it began.
    told: Vec<String>,
}

impl Served {
    /// Starts it and waits until it says where it takes webhooks.
    pub(crate) fn start(workspace: &Workspace, token: &str) -> Self {
        Self::try_start(workspace, token)
            .unwrap_or_else(|(code, log)| panic!("bellhop serve did not begin ({code:?}):\n{log}"))
    }

    /// The same; where it ends instead, its exit code and its log.
    pub(crate) fn try_start(workspace: &Workspace, token: &str) -> Result<Self, (Option<i32>, String)> {
        Self::spawn(bellhop().args(["serve", "--log", "json"]), workspace, token)
    }

    /// The same, with these variables in its environment.
    pub(crate) fn start_with(workspace: &Workspace, token: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = bellhop();
        command.args(["serve", "--log", "json"]).envs(variables.iter().copied());
        Self::spawn(&mut command, workspace, token)
            .unwrap_or_else(|(code, log)| panic!("bellhop serve did not begin ({code:?}):\n{log}"))
    }

    /// The same with files of at the most so many blocks of 512 bytes; what would be longer cannot be written.
    #[cfg(unix)]
    pub(crate) fn start_with_room(workspace: &Workspace, token: &str, blocks: u32) -> Self {
        let binary = bellhop();
        // What is ignored here stays so in the program that takes the shell's place, and writing fails instead of ending it.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" serve --log json");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).arg(binary.get_program()).env("NO_COLOR", "1").stdin(Stdio::null());
        Self::spawn(&mut shell, workspace, token)
            .unwrap_or_else(|(code, log)| panic!("bellhop serve did not begin ({code:?}):\n{log}"))
    }

    fn spawn(
        command: &mut Command,
        workspace: &Workspace,
        token: &str,
    ) -> Result<Self, (Option<i32>, String)> {
        let mut child = command
            .current_dir(workspace.path())
            .env(TOKEN_VARIABLE, token)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (tell, log) = mpsc::channel();
        let stderr = child.stderr.take().expect("it was asked for");
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let mut told = Vec::new();
        let end = Instant::now() + PATIENCE;
        let address = loop {
            let Ok(line) = log.recv_timeout(end.saturating_duration_since(Instant::now())) else {
                // It has closed its log, or says nothing.
                let _ = child.kill();
                let code = child.wait().expect("it ends").code();
                return Err((code, told.join("\n")));
            };
            let json: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = json["fields"]["address"].as_str() {
                break address.parse().expect("an address");
            }
            told.push(line);
        };
        Ok(Self { child, address, log, told })
    }

    /// `http://address` and a path below it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until its log says this.
    pub(crate) async fn says(&self, words: &str) {
        until(words, || self.log.try_iter().any(|line| line.contains(words))).await;
    }

    /// SIGKILL, and gone.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().expect("it lives");
        self.child.wait().expect("it ends");
        self.rest_of_log()
    }

    /// SIGTERM, without waiting for what comes of it.
    pub(crate) fn ask_to_stop(&self) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("the system can send signals");
    }

    /// SIGTERM; its exit code and the rest of its log.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        self.ask_to_stop();
        let code = self.child.wait().expect("it ends").code();
        (code, self.rest_of_log())
    }

    fn rest_of_log(&self) -> String {
        self.told.iter().cloned().chain(self.log.iter()).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something holds that another process brings about, looking again and again; fails after [`PATIENCE`].
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    let mut look = tokio::time::interval(Duration::from_millis(20));
    while !holds() {
        assert!(Instant::now() < end, "it did not come to be: {what}");
        look.tick().await;
    }
}

/// Now, as the apps write it in what they send.
pub(crate) fn now() -> String {
    format!("{:.3}", bellhop_clock::Clock::now(&bellhop_clock::SystemClock))
}

/// An HTTP client.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().build().expect("a client for plain HTTP")
}

/// Delivers, signed, that a contact was created, with these fields of it; the event must be taken.
pub(crate) async fn contact_created(served: &Served, sandbox: &Running, webhook_id: &str, contact: &Value) {
    let mut body = serde_json::json!({
        "type": "ContactCreate", "locationId": sandbox.location_id(), "id": "contactMaraFenn00001",
        "timestamp": now(), "webhookId": webhook_id,
    });
    if let (Some(body), Some(contact)) = (body.as_object_mut(), contact.as_object()) {
        body.extend(contact.clone());
    }
    let body = body.to_string();
    let signature = sandbox.sign_ed25519(body.as_bytes());
    let request = client().post(served.url("/hooks/contacts")).header("x-ghl-signature", signature);
    let answer = request.body(body).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
}
