// SPDX-License-Identifier: MIT OR Apache-2.0
//! The elements of the present screen, as a person who cannot see it or a test
//! would find them.

use i_slint_backend_testing::{ElementHandle, ElementQuery};
use slint::ComponentHandle;

use crate::technician::TechnicianGlass;
use crate::ui::generated::{AppWindow, DisplayWindow, PanelWindow, SetupWindow, TechnicianWindow};
use crate::ui::{DisplayGlass, Glass, PanelGlass, SetupGlass};

/// A glass of any of the devices.
pub trait AnyGlass {
    /// The window's component.
    type Window: ComponentHandle + 'static;

    /// Where the look-up of elements begins.
    fn root(&self) -> &Self::Window;
}

impl AnyGlass for Glass {
    type Window = AppWindow;

    fn root(&self) -> &AppWindow {
        self.component()
    }
}

impl AnyGlass for DisplayGlass {
    type Window = DisplayWindow;

    fn root(&self) -> &DisplayWindow {
        self.component()
    }
}

impl AnyGlass for TechnicianGlass {
    type Window = TechnicianWindow;

    fn root(&self) -> &TechnicianWindow {
        self.component()
    }
}

impl AnyGlass for PanelGlass {
    type Window = PanelWindow;

    fn root(&self) -> &PanelWindow {
        self.component()
    }
}

impl AnyGlass for SetupGlass {
    type Window = SetupWindow;

    fn root(&self) -> &SetupWindow {
        self.component()
    }
}

/// One element with an accessible role.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Element {
    /// `Component::name` in the Slint sources, empty where it has no name.
    pub id: String,
    /// What it says in the present language.
    pub label: String,
    /// `button`, `text`, `image`.
    pub role: String,
    /// Left edge in logical pixels.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// Takes touches now.
    pub enabled: bool,
    /// Is a choice that is made.
    pub checked: bool,
    /// There is more text than can be seen.
    pub clipped: bool,
}

impl Element {
    /// Where a finger would go.
    pub fn center(&self) -> (f32, f32) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    fn same_place(&self, other: &Self) -> bool {
        self.role == other.role
            && self.label == other.label
            && (self.x, self.y, self.width, self.height) == (other.x, other.y, other.width, other.height)
    }

    /// True when the two share an area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    /// True when `other` lies within this one, with a pixel of rounding.
    pub fn contains(&self, other: &Self) -> bool {
        other.x >= self.x - 1.0
            && other.y >= self.y - 1.0
            && other.x + other.width <= self.x + self.width + 1.0
            && other.y + other.height <= self.y + self.height + 1.0
    }
}

/// Every element that has a role and a size, in drawing order.
///
/// Needs the names the Slint compiler leaves in when the feature `sim` is on.
pub fn elements(glass: &impl AnyGlass) -> Vec<Element> {
    let query = ElementQuery::from_root(glass.root()).match_descendants();
    let found = query.match_predicate(|e| e.accessible_role().is_some()).find_all();
    let mut elements: Vec<Element> = Vec::with_capacity(found.len());
    for element in found.iter().filter_map(describe) {
        // A component that the compiler has inlined is found once for each of its layers.
        match elements.iter_mut().rev().find(|e| e.same_place(&element)) {
            Some(known) if known.id.is_empty() => known.id = element.id,
            Some(_) => {}
            None => elements.push(element),
        }
    }
    elements
}

/// Labels are compared and spoken: what only guides line breaks is left out.
fn plain(label: &str) -> String {
    label.replace('\u{a0}', " ").replace('\u{2060}', "")
}

fn describe(element: &ElementHandle) -> Option<Element> {
    let role = format!("{:?}", element.accessible_role()?).to_lowercase();
    let label = plain(&element.accessible_label().unwrap_or_default());
    let (size, at) = (element.size(), element.absolute_position());
    if role == "none" || size.width <= 0.0 || size.height <= 0.0 || (role == "text" && label.is_empty()) {
        return None;
    }
    Some(Element {
        id: element.id().unwrap_or_default().into(),
        label,
        enabled: role == "button" && element.accessible_enabled().unwrap_or(true),
        checked: element.accessible_checked().unwrap_or(false),
        clipped: element.accessible_expandable().unwrap_or(false),
        role,
        x: at.x,
        y: at.y,
        width: size.width,
        height: size.height,
    })
}
