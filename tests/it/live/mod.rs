//! Input that comes over time, and archives on standard input.
#![cfg(unix)]

mod arrival;
mod archives;
mod timing;

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than anything takes: only what never comes fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command whose input is written bit by bit, and what it has printed.
struct Session {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    text: Vec<u8>,
    read: usize,
}

fn ripsaw(arguments: &[&str]) -> Command {
    let mut command = crate::program::ripsaw();
    command.args(arguments);
    command
}

impl Session {
    fn start(arguments: &[&str]) -> Self {
        Self::of(ripsaw(arguments))
    }

    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let input = child.stdin.take();
        let mut stdout = child.stdout.take().expect("a pipe");
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, input, output, text: Vec::new(), read: 0 }
    }

    fn send(&mut self, text: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("an open pipe");
        input.write_all(text.as_ref()).expect("it reads");
    }

    /// Waits until exactly this is printed next.
    fn expect(&mut self, text: &str) {
        let begun = Instant::now();
        let end = self.read + text.len();
        while self.text.len() < end {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match self.output.recv_timeout(left) {
                Ok(more) => self.text.extend(more),
                Err(RecvTimeoutError::Timeout) => panic!("{text:?} never came: {}", self.rest()),
                Err(RecvTimeoutError::Disconnected) => panic!("no {text:?} in {}", self.rest()),
            }
        }
        let printed = String::from_utf8_lossy(&self.text[self.read..end]).into_owned();
        assert_eq!(printed, text);
        self.read = end;
    }

    /// Waits for the next line, whatever a progress bar has drawn before it.
    fn expect_line(&mut self, line: &str) {
        loop {
            let rest = &self.text[self.read..];
            if let Some(length) = rest.iter().position(|&byte| byte == b'\n') {
                let printed = String::from_utf8_lossy(&rest[..length]).into_owned();
                let printed = printed.rsplit('\r').next().unwrap_or_default();
                let printed = printed.strip_prefix("\u{1b}[K").unwrap_or(printed);
                assert_eq!(printed, line);
                self.read += length + 1;
                return;
            }
            let more = self.output.recv_timeout(PATIENCE);
            self.text.extend(more.unwrap_or_else(|_| panic!("no {line:?} in {}", self.rest())));
        }
    }

    fn rest(&self) -> String {
        String::from_utf8_lossy(&self.text[self.read..]).into_owned()
    }

    /// Nothing was printed so far. Cannot be wrong, only too easily satisfied.
    fn expect_nothing(&mut self) {
        self.text.extend(self.output.try_iter().flatten());
        assert_eq!(self.rest(), "");
    }

    /// Closes the input; what is printed until the end.
    fn finish(mut self) -> (String, ExitStatus) {
        self.input = None;
        let status = self.wait();
        self.text.extend(self.output.iter().flatten());
        (self.rest(), status)
    }

    /// Waits for the end of the command.
    fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            if begun.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("it never ended");
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }
}

/// What a command prints for an input that is all there.
fn at_once(arguments: &[&str], input: &[u8]) -> (Vec<u8>, Option<i32>) {
    let mut command = ripsaw(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("output");
    writer.join().expect("a writer");
    (output.stdout, output.status.code())
}
