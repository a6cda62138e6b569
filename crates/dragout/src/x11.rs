//! The X11 side: a connection, a window and a thread of its own for each drag.
//!
//! The pointer is never grabbed; it is looked at every [`LOOK`]. A grab would take it from the host's own window, whose
//! button press began the drag.

use crate::xdnd::{OLDEST, Seen, Send, Source, Stage, Target, VERSION};
use crate::{Drag, DragError, Outcome};
use std::time::{Duration, Instant};
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, KeyButMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Timestamp, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// How often the pointer is looked at.
const LOOK: Duration = Duration::from_millis(8);

/// How deep windows nest before the search for a target gives up.
const DEPTH: usize = 32;

x11rb::atom_manager! {
    /// The names that the protocol uses.
    Atoms: AtomsCookie {
        XdndAware,
        XdndProxy,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndLeave,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        TARGETS,
        URI_LIST: b"text/uri-list",
        MOMENT: b"_SOLFERINO_MOMENT",
    }
}

/// Connects, takes the selection and leaves the rest to a thread.
pub fn start(display: Option<&str>, list: Vec<u8>) -> Result<Drag, DragError> {
    let native = Native::connect(display, list).map_err(|error| DragError::NoDisplay(error.to_string()))?;
    let drag = Drag::new();
    let handle = drag.clone();
    std::thread::Builder::new()
        .name("solferino-drag".into())
        .spawn(move || {
            // A lost connection ends the drag like a release over nothing.
            let outcome = native.run().unwrap_or(Outcome::Cancelled);
            handle.end(outcome);
        })
        .map_err(DragError::NoThread)?;
    Ok(drag)
}

/// One drag's connection and what it says.
struct Native {
    connection: RustConnection,
    root: Window,
    /// Owns the selection; never shown.
    window: Window,
    atoms: Atoms,
    /// The server's time when the selection was taken.
    moment: Timestamp,
    /// The files as `text/uri-list`.
    list: Vec<u8>,
}

impl Native {
    fn connect(display: Option<&str>, list: Vec<u8>) -> Result<Self, Box<dyn std::error::Error>> {
        let (connection, screen) = x11rb::connect(display)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id()?;
        connection.create_window(
            COPY_DEPTH_FROM_PARENT,
            window,
            root,
            -1,
            -1,
            1,
            1,
            0,
            WindowClass::INPUT_OUTPUT,
            0,
            &CreateWindowAux::new().override_redirect(1).event_mask(EventMask::PROPERTY_CHANGE),
        )?;
        let mut native = Self { connection, root, window, atoms, moment: 0, list };
        native.moment = native.server_time()?;
        native.connection.set_selection_owner(window, atoms.XdndSelection, native.moment)?;
        native.connection.flush()?;
        Ok(native)
    }

    /// The server's clock, which ownership and drops are dated by: it comes with a change of a property.
    fn server_time(&self) -> Result<Timestamp, ReplyOrIdError> {
        self.connection.change_property8(PropMode::APPEND, self.window, self.atoms.MOMENT, AtomEnum::STRING, &[])?;
        self.connection.flush()?;
        loop {
            if let Event::PropertyNotify(change) = self.connection.wait_for_event()? {
                return Ok(change.time);
            }
        }
    }

    /// Looks and answers until the drag has ended.
    fn run(&self) -> Result<Outcome, ReplyOrIdError> {
        let mut source = Source::new();
        let start = Instant::now();
        loop {
            while let Some(event) = self.connection.poll_for_event()? {
                if let Some(seen) = self.hear(&event)? {
                    self.advance(&mut source, seen, start.elapsed())?;
                }
            }
            let seen = self.look()?;
            self.advance(&mut source, seen, start.elapsed())?;
            match source.stage() {
                Stage::Done => return Ok(Outcome::Dropped),
                Stage::Cancelled => {
                    // The server throws away what a closed connection has sent and it has not read: wait until the
                    // target has been told.
                    self.connection.sync()?;
                    return Ok(Outcome::Cancelled);
                }
                Stage::Dragging | Stage::Released(_) | Stage::Dropped(_) => std::thread::sleep(LOOK),
            }
        }
    }

    fn advance(&self, source: &mut Source, seen: Seen, now: Duration) -> Result<(), ReplyOrIdError> {
        let mut sends = Vec::new();
        source.see(seen, now, &mut |send| sends.push(send));
        for send in sends {
            self.send(send)?;
        }
        self.connection.flush()?;
        Ok(())
    }

    fn look(&self) -> Result<Seen, ReplyOrIdError> {
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        let pressed = pointer.mask.contains(KeyButMask::BUTTON1);
        let over = if pointer.same_screen { self.target_below(pointer.child)? } else { None };
        Ok(Seen::Pointer { x: pointer.root_x, y: pointer.root_y, pressed, over })
    }

    /// The outermost window under the pointer that takes drops.
    fn target_below(&self, mut window: Window) -> Result<Option<Target>, ReplyOrIdError> {
        for _ in 0..DEPTH {
            if window == x11rb::NONE {
                return Ok(None);
            }
            // A window may vanish at any time; what it was is then not a target.
            let Ok(target) = self.as_target(window) else { return Ok(None) };
            if target.is_some() {
                return Ok(target);
            }
            let Ok(pointer) = self.connection.query_pointer(window)?.reply() else { return Ok(None) };
            window = pointer.child;
        }
        Ok(None)
    }

    fn as_target(&self, window: Window) -> Result<Option<Target>, ReplyOrIdError> {
        let inbox = match self.number(window, self.atoms.XdndProxy, AtomEnum::WINDOW.into())? {
            // A proxy that died leaves its property behind; a live one names itself.
            Some(proxy) if self.number(proxy, self.atoms.XdndProxy, AtomEnum::WINDOW.into())? == Some(proxy) => proxy,
            _ => window,
        };
        let version = self.number(inbox, self.atoms.XdndAware, AtomEnum::ATOM.into())?;
        Ok(version.filter(|version| *version >= OLDEST).map(|version| Target {
            window,
            inbox,
            version: version.min(VERSION),
        }))
    }

    fn number(&self, window: Window, property: Atom, kind: Atom) -> Result<Option<u32>, ReplyOrIdError> {
        let reply = self.connection.get_property(false, window, property, kind, 0, 1)?.reply()?;
        Ok(reply.value32().and_then(|mut values| values.next()))
    }

    fn send(&self, send: Send) -> Result<(), ReplyOrIdError> {
        let (target, kind, rest) = match send {
            Send::Enter(target) => {
                (target, self.atoms.XdndEnter, [target.version << 24, self.atoms.URI_LIST, x11rb::NONE, x11rb::NONE])
            }
            Send::Position(target, x, y) => {
                (target, self.atoms.XdndPosition, [0, packed(x, y), self.moment, self.atoms.XdndActionCopy])
            }
            Send::Leave(target) => (target, self.atoms.XdndLeave, [0; 4]),
            Send::Drop(target) => (target, self.atoms.XdndDrop, [0, self.moment, 0, 0]),
        };
        let data = [self.window, rest[0], rest[1], rest[2], rest[3]];
        let message = ClientMessageEvent::new(32, target.window, kind, data);
        self.connection.send_event(false, target.inbox, EventMask::NO_EVENT, message)?;
        Ok(())
    }

    /// What an event means for the drag; a target that asks for the files gets them here.
    fn hear(&self, event: &Event) -> Result<Option<Seen>, ReplyOrIdError> {
        match event {
            Event::ClientMessage(message) if message.format == 32 => {
                let data = message.data.as_data32();
                Ok(if message.type_ == self.atoms.XdndStatus {
                    Some(Seen::Status { window: data[0], accepts: data[1] & 1 != 0 })
                } else if message.type_ == self.atoms.XdndFinished {
                    Some(Seen::Finished { window: data[0] })
                } else {
                    None
                })
            }
            Event::SelectionRequest(request) => {
                self.hand_over(request)?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn hand_over(&self, request: &SelectionRequestEvent) -> Result<(), ReplyOrIdError> {
        // A requestor from before ICCCM 2 names no property and means the target's name.
        let property = if request.property == x11rb::NONE { request.target } else { request.property };
        let served = if request.target == self.atoms.URI_LIST {
            let list = &self.list;
            self.connection.change_property8(PropMode::REPLACE, request.requestor, property, request.target, list)?;
            true
        } else if request.target == self.atoms.TARGETS {
            let targets = [self.atoms.TARGETS, self.atoms.URI_LIST];
            self.connection.change_property32(
                PropMode::REPLACE,
                request.requestor,
                property,
                AtomEnum::ATOM,
                &targets,
            )?;
            true
        } else {
            false
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if served { property } else { x11rb::NONE },
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer)?;
        self.connection.flush()?;
        Ok(())
    }
}

/// Two root coordinates as the protocol packs them.
fn packed(x: i16, y: i16) -> u32 {
    u32::from(x.cast_unsigned()) << 16 | u32::from(y.cast_unsigned())
}
