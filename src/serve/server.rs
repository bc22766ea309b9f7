//! The listener: accepts connections, up to a limit, until it is asked to stop; then answers what was asked.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::time::{interval, sleep, timeout};

use super::access::Access;
use super::archive::Archive;
use super::connection::{self, Patience};
use super::options::ServeOptions;
use super::routes::Routes;
use crate::error::{Error, Location, Result};
use crate::scan::Scan;

/// Connections at once; others wait until one ends.
const CONNECTIONS: usize = 1024;
/// Threads that read and decode logs.
const READERS: usize = 64;
/// How long answers may take after the server was asked to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How often it looks whether it was.
const TICK: Duration = Duration::from_millis(50);

/// A server that listens and has not begun to answer.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    routes: Arc<Routes>,
    patience: Patience,
    logs: usize,
}

impl Server {
    /// Listens. Opens no log.
    ///
    /// # Errors
    /// An address that is not to be had, one that others can reach without a token, and inputs that can be read
    /// only once.
    pub fn bind(scan: Scan, options: ServeOptions) -> Result<Self> {
        let location = || Location::bundle(options.listen.to_string());
        if options.token.is_none() && !options.listen.ip().is_loopback() {
            let cause = "other hosts could read the logs without a token";
            return Err(Error::new("cannot listen", location(), cause)
                .with_hint("use --token-file, or listen on 127.0.0.1"));
        }
        let archive = Arc::new(Archive::new(scan, &options)?);
        let failed = |error| Error::io("cannot listen", location(), error);
        let runtime = runtime().map_err(failed)?;
        let listener = runtime.block_on(TcpListener::bind(options.listen)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let access = Access::new(&options, archive.log_token(), address);
        let logs = archive.entries().len();
        let routes = Arc::new(Routes::new(&archive, access));
        let patience = Patience { headers: options.timeout, body: options.timeout };
        Ok(Self { runtime, listener, address, routes, patience, logs })
    }

    /// What clients are pointed to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many logs it has.
    pub fn logs(&self) -> usize {
        self.logs
    }

    /// Answers until `is_stopped`; then takes no more connections and finishes the answers that were begun.
    /// Returns whether that took less than ten seconds; longer ones were cut off.
    ///
    /// # Errors
    /// The operating system's, of accepting connections.
    pub fn run(self, is_stopped: impl Fn() -> bool) -> Result<bool> {
        let Self { runtime, listener, routes, patience, .. } = self;
        let is_done = runtime.block_on(accept(listener, routes, patience, is_stopped));
        // Threads that are still reading would otherwise be waited for.
        runtime.shutdown_background();
        Ok(is_done)
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, usize::from).min(4))
        .max_blocking_threads(READERS)
        .thread_name("serve")
        .enable_all()
        .build()
}

/// Accepts connections until it is asked to stop; returns whether all of them ended by themselves.
async fn accept(
    listener: TcpListener,
    routes: Arc<Routes>,
    patience: Patience,
    is_stopped: impl Fn() -> bool,
) -> bool {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stop, stopping) = watch::channel(false);
    let mut ticks = interval(TICK);
    let next = async || {
        let place = Arc::clone(&places).acquire_owned().await;
        (listener.accept().await, place)
    };
    let mut coming = Box::pin(next());
    while !is_stopped() {
        tokio::select! {
            (accepted, place) = &mut coming => {
                coming = Box::pin(next());
                let Ok((socket, _)) = accepted else {
                    // Too many open files, most likely: some will be closed soon.
                    sleep(TICK).await;
                    continue;
                };
                let (routes, stopping) = (Arc::clone(&routes), stopping.clone());
                tokio::spawn(async move {
                    connection::serve(socket, routes, patience, stopping).await;
                    drop(place);
                });
            }
            _ = ticks.tick() => {}
        }
    }
    drop(coming);
    drop(listener);
    let _ = stop.send(true);
    timeout(DRAIN, places.acquire_many(CONNECTIONS as u32)).await.is_ok()
}
