//! A few threads that read, each with its own connection: they see what has been committed and hold up nobody. Writes
//! nothing.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The reading threads. Dropped: they end when they have answered what was asked.
pub(crate) struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts a thread for each of these connections.
    pub(crate) fn start(connections: Vec<Connection>) -> io::Result<Self> {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::new();
        for connection in connections {
            let queue = Arc::clone(&queue);
            let thread = thread::Builder::new()
                .name("bellhop-reader".into())
                .spawn(move || serve(&queue, connection))?;
            threads.push(thread);
        }
        Ok(Self { jobs: Some(jobs), threads })
    }

    /// Reads in one transaction, so that what belongs together is of one moment.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> oneshot::Receiver<rusqlite::Result<T>> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever asked may have gone away meanwhile.
            reply.send(snapshot(connection, read)).ok();
        });
        if let Some(jobs) = &self.jobs {
            // Where no thread is left, the job is dropped with its reply, which tells.
            jobs.send(job).ok();
        }
        answer
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // An answer can drop the last handle of the store on one of these threads, which cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                thread.join().ok();
            }
        }
    }
}

fn serve(queue: &Mutex<Receiver<Job>>, mut connection: Connection) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(&mut connection),
            Err(_) => return,
        }
    }
}

fn snapshot<T>(
    connection: &mut Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let answer = read(&transaction)?;
    transaction.finish()?;
    Ok(answer)
}
