//! The thread that starts programs.
//!
//! A program is told to end when the thread that started it ends (`PR_SET_PDEATHSIG`, which is about threads), and a thread of the runtime
//! may end at any time. So one that lives as long as the host starts them all.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// Starts a program.
///
/// # Errors
///
/// When it can't be started.
pub(crate) async fn start(mut command: Command) -> io::Result<Child> {
    let gone = || io::Error::other("the thread that starts programs has ended");
    let (answer, told) = oneshot::channel();
    let runtime = Handle::current();
    let work = move || {
        let _entered = runtime.enter();
        // Who doesn't wait any more drops the program, which kills it.
        let _unheard = answer.send(command.spawn());
    };
    thread()?.send(Box::new(work)).map_err(|_| gone())?;
    told.await.map_err(|_| gone())?
}

fn thread() -> io::Result<&'static Sender<Work>> {
    static THREAD: OnceLock<Sender<Work>> = OnceLock::new();
    if let Some(thread) = THREAD.get() {
        return Ok(thread);
    }
    let (sender, receiver) = channel::<Work>();
    std::thread::Builder::new()
        .name("toolbay-upstream".to_owned())
        .spawn(move || receiver.into_iter().for_each(|work| work()))?;
    // Of two that are made at once one ends again at once, having started nothing.
    Ok(THREAD.get_or_init(|| sender))
}
