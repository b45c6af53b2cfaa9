//! A person at a real terminal: a pseudo-terminal whose keys the test presses when the question has come.

#![cfg(unix)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::Instant;

use super::read;
use super::support::{PATIENCE, Workspace, bellhop};

/// A running command and its terminal.
struct Terminal {
    keys: File,
    screen: mpsc::Receiver<Vec<u8>>,
    child: Child,
    seen: String,
}

impl Terminal {
    fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(pty_process::Size::new(40, 160)).expect("a size");
        let mut command = heeds_ctrl_c(bellhop());
        command.args(arguments).current_dir(workspace.path()).env("TERM", "xterm");
        let child = pty_process::blocking::Command::from(command).spawn(pts).expect("it starts");
        let fd = OwnedFd::from(pty);
        let mut output = File::from(fd.try_clone().expect("another handle"));
        let keys = File::from(fd);
        let (tell, screen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if tell.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { keys, screen, child, seen: String::new() }
    }

    /// Waits until this is on the screen, behind all that was waited for before.
    fn shows(&mut self, part: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen.find(part) {
                self.seen.drain(..at + part.len());
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            let more = self
                .screen
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("{part} did not come:\n{}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it listens");
    }

    fn end(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }
}

/// The same command, ended by Ctrl-C as at a terminal of its own: where the tests were started in the background it is
/// ignored, and a child inherits that.
fn heeds_ctrl_c(command: Command) -> Command {
    if !cfg!(target_os = "linux") {
        return command;
    }
    let mut heeds = Command::new("env");
    heeds.arg("--default-signal=INT").arg(command.get_program());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => heeds.env(name, value),
            None => heeds.env_remove(name),
        };
    }
    heeds
}

const DOWN: &str = "\u{1b}[B";

#[test]
fn a_person_is_asked_for_what_was_not_said() {
    let workspace = Workspace::new();
    workspace.write(
        "templates/ask.yaml",
        "name: Ask\ndescription: Asks\ninputs:\n  who:\n    type: user\n    description: Who calls\n  score:\n    type: number\n    description: From which score\n    default: 80\ntrigger: manual\nsteps:\n  - stop: Done\n",
    );
    let mut terminal = Terminal::start(&workspace, &["new", "--sandbox"]);
    terminal.shows("Which template?");
    terminal.press("\r");
    terminal.shows("Name of the new recipe's file");
    terminal.press("my-ask\r");
    terminal.shows("Who calls (who)");
    terminal.shows("Priya Vance");
    terminal.press(DOWN);
    terminal.press("\r");
    terminal.shows("From which score (score, a number)");
    terminal.press("many\r");
    terminal.shows("`many` is not a number");
    terminal.press("\u{15}70\r");
    terminal.shows("Wrote recipes/my-ask.yaml");
    assert_eq!(terminal.end(), Some(0));
    let text = read(&workspace, "recipes/my-ask.yaml");
    assert!(text.contains("default: userPriyaVance000001\n") && text.contains("default: 70\n"), "{text}");

    let changed = read(&workspace, "templates/ask.yaml").replace("stop: Done", "stop: Done now");
    workspace.write("templates/ask.yaml", &changed);
    let mut terminal = Terminal::start(&workspace, &["update"]);
    terminal.shows("Write recipes/my-ask.yaml?");
    terminal.press("y");
    terminal.shows("recipes/my-ask.yaml is up to date now");
    assert_eq!(terminal.end(), Some(0));
    assert!(read(&workspace, "recipes/my-ask.yaml").contains("stop: Done now"));
}

#[test]
fn whoever_goes_away_leaves_nothing_behind() {
    let workspace = Workspace::new();
    let mut terminal = Terminal::start(&workspace, &["new", "tag-by-engagement", "tags", "--sandbox"]);
    terminal.shows("(engaged_score, a number)");
    terminal.press("\u{3}");
    assert_ne!(terminal.end(), Some(0));
    assert!(!workspace.path().join("recipes/tags.yaml").exists());
}
