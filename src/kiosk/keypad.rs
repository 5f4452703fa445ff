// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kiosk's tactile keypad: four buttons on lines of the board, wired in the
//! order up, down, select, back. What they reach is decided on the glass.

use crate::ui::Key;
use motcua_hal::buttons::{ButtonEvent, ButtonsEvent, ButtonsHandle};

/// Starts the buttons with the place where their events go.
pub type StartButtons = Box<dyn FnOnce(Box<dyn Fn(ButtonsEvent) + Send>) -> ButtonsHandle>;

/// A keypad, or none.
#[derive(Default)]
pub struct KeypadParts(pub Option<StartButtons>);

impl std::fmt::Debug for KeypadParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeypadParts({})", self.0.is_some())
    }
}

impl KeypadParts {
    /// Starts the buttons; each press comes to `push`, on their thread.
    pub(super) fn start(self, push: impl Fn(Key) + Send + 'static) -> Option<ButtonsHandle> {
        self.0.map(|start| {
            start(Box::new(move |event| match event {
                ButtonsEvent::Button(ButtonEvent::Pressed { button, .. }) => {
                    if let Some(key) = Key::ALL.get(button) {
                        push(*key);
                    }
                }
                ButtonsEvent::State(state) => {
                    state.faults.iter().for_each(|fault| tracing::error!("{fault}"));
                }
                ButtonsEvent::Button(_) => {}
            }))
        })
    }
}
