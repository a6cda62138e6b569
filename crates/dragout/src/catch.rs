//! Takes files that are dropped on a window of ours whose toolkit lets drops go by.
//!
//! The window gets a proxy (`XdndProxy`, version 4 of the protocol and later): a window on a connection of our own, to
//! which sources send what they would send to the window itself. A thread answers there while the [`Catcher`] lives.

use crate::{DragError, uri};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// The longest list of files that is read, in units of four bytes: 4 MiB.
const LONGEST: u32 = 1 << 20;

x11rb::atom_manager! {
    /// The names that the protocol uses.
    Atoms: AtomsCookie {
        XdndAware,
        XdndProxy,
        XdndSelection,
        XdndTypeList,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndLeave,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        URI_LIST: b"text/uri-list",
        GOODS: b"_SOLFERINO_GOODS",
        STOP: b"_SOLFERINO_STOP",
    }
}

/// What the thread and its owner share.
#[derive(Debug, Default)]
struct Shared {
    hovering: AtomicBool,
    caught: Mutex<Vec<PathBuf>>,
}

/// Files dropped on a window. Dropping this ends it.
pub struct Catcher {
    shared: Arc<Shared>,
    connection: Arc<RustConnection>,
    proxy: Window,
    window: Window,
    atoms: Atoms,
}

/// Takes files that are dropped on an X11 window; `wake` is called, on a thread of its own, whenever there is news.
///
/// # Errors
/// [`DragError::NoDisplay`], [`DragError::NoThread`].
pub fn catch(window: u32, wake: impl Fn() + Send + 'static) -> Result<Catcher, DragError> {
    catch_on(None, window, wake)
}

/// [`catch()`] on a named X11 display; `None` is the one that the environment names.
///
/// # Errors
/// As [`catch()`].
pub fn catch_on(display: Option<&str>, window: u32, wake: impl Fn() + Send + 'static) -> Result<Catcher, DragError> {
    let catcher = Catcher::connect(display, window).map_err(|error| DragError::NoDisplay(error.to_string()))?;
    let proxy = Proxy {
        connection: Arc::clone(&catcher.connection),
        shared: Arc::clone(&catcher.shared),
        proxy: catcher.proxy,
        window,
        atoms: catcher.atoms,
        source: x11rb::NONE,
        welcome: false,
    };
    std::thread::Builder::new()
        .name("solferino-drop".into())
        // A lost connection ends it: then there is no window either.
        .spawn(move || _ = proxy.run(wake))
        .map_err(DragError::NoThread)?;
    Ok(catcher)
}

impl Catcher {
    fn connect(display: Option<&str>, window: Window) -> Result<Self, Box<dyn std::error::Error>> {
        let (connection, screen) = x11rb::connect(display)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let root = connection.setup().roots[screen].root;
        let proxy = connection.generate_id()?;
        let look = CreateWindowAux::new().override_redirect(1);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(COPY_DEPTH_FROM_PARENT, proxy, root, -1, -1, 1, 1, 0, class, 0, &look)?;
        connection.change_property32(PropMode::REPLACE, proxy, atoms.XdndAware, AtomEnum::ATOM, &[5])?;
        // A proxy that names itself is alive.
        for named in [proxy, window] {
            let property = [proxy];
            connection
                .change_property32(PropMode::REPLACE, named, atoms.XdndProxy, AtomEnum::WINDOW, &property)?
                .check()?;
        }
        Ok(Self { shared: Arc::default(), connection: Arc::new(connection), proxy, window, atoms })
    }

    /// Whether files are held over the window.
    #[must_use]
    pub fn hovering(&self) -> bool {
        self.shared.hovering.load(Ordering::Relaxed)
    }

    /// The files dropped since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.shared.caught.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Catcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catcher").field("window", &self.window).finish_non_exhaustive()
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        // Errors mean that the server or the window is gone, and with it what these would undo.
        let _ = self.connection.delete_property(self.window, self.atoms.XdndProxy);
        let stop = ClientMessageEvent::new(32, self.proxy, self.atoms.STOP, [0; 5]);
        let _ = self.connection.send_event(false, self.proxy, EventMask::NO_EVENT, stop);
        let _ = self.connection.flush();
    }
}

/// The thread's side.
struct Proxy {
    connection: Arc<RustConnection>,
    shared: Arc<Shared>,
    proxy: Window,
    window: Window,
    atoms: Atoms,
    /// Whose files are held over the window.
    source: Window,
    /// Whether they are files.
    welcome: bool,
}

impl Proxy {
    fn run(mut self, wake: impl Fn()) -> Result<(), ReplyOrIdError> {
        loop {
            match self.connection.wait_for_event()? {
                Event::ClientMessage(message) if message.type_ == self.atoms.STOP => return Ok(()),
                Event::ClientMessage(message) if message.format == 32 => self.hear(&message)?,
                Event::SelectionNotify(notice) => self.receive(notice.property != x11rb::NONE)?,
                _ => continue,
            }
            self.connection.flush()?;
            wake();
        }
    }

    fn hear(&mut self, message: &ClientMessageEvent) -> Result<(), ReplyOrIdError> {
        let data = message.data.as_data32();
        if message.type_ == self.atoms.XdndEnter {
            self.source = data[0];
            self.welcome = self.offers_files(data[1] & 1 != 0, &data[2..])?;
            self.hover(self.welcome);
        } else if message.type_ == self.atoms.XdndPosition {
            let accepts = u32::from(self.welcome);
            // Bit 1 asks for every position; files are welcome anywhere in the window.
            self.reply(self.atoms.XdndStatus, [accepts | 2, 0, 0, self.atoms.XdndActionCopy])?;
        } else if message.type_ == self.atoms.XdndLeave {
            self.hover(false);
        } else if message.type_ == self.atoms.XdndDrop {
            self.hover(false);
            if self.welcome {
                let Atoms { XdndSelection, URI_LIST, GOODS, .. } = self.atoms;
                self.connection.convert_selection(self.proxy, XdndSelection, URI_LIST, GOODS, data[2])?;
            } else {
                self.reply(self.atoms.XdndFinished, [0; 4])?;
            }
        }
        Ok(())
    }

    fn hover(&self, hovering: bool) {
        self.shared.hovering.store(hovering, Ordering::Relaxed);
    }

    /// Whether a source has files: it names up to three types in its message, more of them in a property.
    fn offers_files(&self, more: bool, named: &[u32]) -> Result<bool, ReplyOrIdError> {
        if !more {
            return Ok(named.contains(&self.atoms.URI_LIST));
        }
        let property = self.atoms.XdndTypeList;
        let list = self.connection.get_property(false, self.source, property, AtomEnum::ATOM, 0, 1_024)?;
        // A source that has gone meanwhile offers nothing.
        let Ok(list) = list.reply() else { return Ok(false) };
        Ok(list.value32().is_some_and(|mut types| types.any(|kind| kind == self.atoms.URI_LIST)))
    }

    fn receive(&self, there: bool) -> Result<(), ReplyOrIdError> {
        let mut files = Vec::new();
        if there {
            let property = self.atoms.GOODS;
            let goods = self.connection.get_property(true, self.proxy, property, AtomEnum::ANY, 0, LONGEST)?;
            files = uri::files(&goods.reply()?.value);
        }
        let accepted = u32::from(!files.is_empty());
        self.shared.caught.lock().unwrap_or_else(PoisonError::into_inner).extend(files);
        self.reply(self.atoms.XdndFinished, [accepted, self.atoms.XdndActionCopy * accepted, 0, 0])
    }

    fn reply(&self, kind: u32, rest: [u32; 4]) -> Result<(), ReplyOrIdError> {
        let data = [self.window, rest[0], rest[1], rest[2], rest[3]];
        let message = ClientMessageEvent::new(32, self.source, kind, data);
        self.connection.send_event(false, self.source, EventMask::NO_EVENT, message)?;
        Ok(())
    }
}
