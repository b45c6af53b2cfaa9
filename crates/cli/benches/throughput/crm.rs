//! A CRM that answers at once: five requests of the Contacts API, no state but a count.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use bellhop_clock::{Clock as _, SystemClock};
use jiff::Timestamp;

/// The CRM, answering on threads of its own until the process ends.
pub(crate) struct Crm {
    address: SocketAddr,
    updated: Arc<Updates>,
}

#[derive(Default)]
struct Updates {
    /// How many contacts a search finds.
    contacts: usize,
    count: AtomicUsize,
    wanted: AtomicUsize,
    reached: (Mutex<()>, Condvar),
    /// When each contact was updated, where that is asked for.
    times: Option<Mutex<Vec<Timestamp>>>,
}

impl Crm {
    /// Starts it on a free port; a search finds so many contacts.
    pub(crate) fn start(contacts: usize) -> Self {
        Self::answering(Updates { contacts, ..Updates::default() })
    }

    /// One that notes when each contact is updated.
    pub(crate) fn with_times() -> Self {
        Self::answering(Updates { times: Some(Mutex::default()), ..Updates::default() })
    }

    fn answering(updates: Updates) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let noted = Arc::new(updates);
        let shared = Arc::clone(&noted);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        std::thread::spawn(move || {
            runtime.block_on(async move {
                listener.set_nonblocking(true).expect("a listener that can wait");
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                loop {
                    let Ok((stream, _)) = listener.accept().await else { continue };
                    tokio::spawn(converse(stream, Arc::clone(&shared)));
                }
            });
        });
        Self { address, updated: noted }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// When contacts were updated, since this was asked last.
    pub(crate) fn times(&self) -> Vec<Timestamp> {
        let Some(times) = &self.updated.times else { return Vec::new() };
        std::mem::take(&mut *times.lock().expect("nobody panics with it"))
    }

    /// How many contacts have been updated.
    pub(crate) fn count(&self) -> usize {
        self.updated.count.load(Ordering::SeqCst)
    }

    /// Waits until so many contacts have been updated: each run's last call.
    pub(crate) fn wait_for(&self, wanted: usize, patience: Duration) {
        let end = Instant::now() + patience;
        self.updated.wanted.store(wanted, Ordering::SeqCst);
        let (lock, reached) = &self.updated.reached;
        let mut guard = lock.lock().expect("nobody panics with it");
        while self.updated.count.load(Ordering::SeqCst) < wanted {
            let left = end.saturating_duration_since(Instant::now());
            let done = self.updated.count.load(Ordering::SeqCst);
            assert!(!left.is_zero(), "{done} of {wanted} runs made their last call in time");
            guard = reached
                .wait_timeout(guard, left.min(Duration::from_millis(200)))
                .expect("nobody panics with it")
                .0;
        }
    }
}

async fn converse(mut stream: tokio::net::TcpStream, updated: Arc<Updates>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let _ = stream.set_nodelay(true);
    let mut held = Vec::with_capacity(4_096);
    let mut answers = Vec::with_capacity(4_096);
    loop {
        while let Some((length, head_end)) = whole_request(&held) {
            answer(&held[..head_end], &held[head_end..length], &mut answers, &updated);
            held.drain(..length);
        }
        if !answers.is_empty() {
            if stream.write_all(&answers).await.is_err() {
                return;
            }
            answers.clear();
        }
        if !matches!(stream.read_buf(&mut held).await, Ok(read) if read > 0) {
            return;
        }
    }
}

/// The length of the first request in the bytes, where it is there to its end, and the end of its head.
pub(crate) fn whole_request(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let body = text
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        })
        .unwrap_or(0);
    (bytes.len() >= head + body).then_some((head + body, head))
}

fn answer(head: &[u8], request: &[u8], out: &mut Vec<u8>, updated: &Updates) {
    let line = std::str::from_utf8(head).unwrap_or_default().lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let id = path.split('/').nth(2).unwrap_or_default();
    let source = if id.ends_with(['0', '2', '4', '6', '8']) { "website" } else { "referral" };
    let contact = format!(
        r#"{{"id":"{id}","firstName":"Ana","lastName":"Quill","email":"ana@example.com","source":"{source}","tags":["new lead"],"dnd":false}}"#
    );
    let (status, body) = match (method, path) {
        ("GET", _) => ("200 OK", format!(r#"{{"contact":{contact},"traceId":"t"}}"#)),
        ("POST", path) if path.ends_with("/search") => ("200 OK", found(request, updated.contacts)),
        ("POST", path) if path.ends_with("/tags") => {
            ("201 Created", r#"{"tags":["new lead","hot lead"],"traceId":"t"}"#.to_owned())
        }
        ("POST", _) => (
            "201 Created",
            format!(
                r#"{{"task":{{"id":"task1","contactId":"{id}","title":"Call Ana","completed":false,"dueDate":"2027-01-01T10:00:00.000Z"}}}}"#
            ),
        ),
        _ => ("200 OK", format!(r#"{{"succeded":true,"contact":{contact}}}"#)),
    };
    let _ = write!(
        out,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    if method == "PUT" {
        if let Some(times) = &updated.times {
            times.lock().expect("nobody panics with it").push(SystemClock.now());
        }
        let count = updated.count.fetch_add(1, Ordering::SeqCst) + 1;
        if count == updated.wanted.load(Ordering::SeqCst) {
            updated.reached.1.notify_all();
        }
    }
}

/// A page of all contacts: a hundred behind the one that the request names.
fn found(request: &[u8], contacts: usize) -> String {
    let asked: serde_json::Value = serde_json::from_slice(request).unwrap_or_default();
    let first = asked["searchAfter"][0]
        .as_u64()
        .and_then(|last| usize::try_from(last).ok())
        .map_or(0, |last| last + 1);
    let page: Vec<String> = (first..contacts.min(first + 100))
        .map(|number| {
            format!(
                r#"{{"id":"contact{number:013}","firstName":"Ana","lastName":"Quill","email":"ana{number}@example.com","source":"website","tags":["customer","newsletter"],"address":"{number} Example Street","dateAdded":"2026-01-05T10:00:00.000Z","searchAfter":[{number}]}}"#
            )
        })
        .collect();
    format!(r#"{{"contacts":[{}],"total":{contacts}}}"#, page.join(","))
}

/// One empty JSON object over a connection of its own.
pub(crate) fn post(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let head = "host: bench\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2";
    write!(stream, "POST {path} HTTP/1.1\r\n{head}\r\n\r\n{{}}")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// One request over a connection of its own; the body of the answer.
pub(crate) fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}
