// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cuts what is longer than a screen into pages. How much a page holds is the
//! window's; where the reader stands is the session's, as the first thing shown.

use std::cell::RefCell;
use std::rc::Rc;

use motcua_core::view::Intent;

use super::Sender;

/// One page of a list of things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// First thing on it.
    pub from: usize,
    /// First thing after it.
    pub to: usize,
    /// Which page, from 0.
    pub number: usize,
    /// First thing of each page.
    pub starts: Vec<usize>,
}

impl Page {
    /// The page of things of these sizes on which thing `first` stands, where a page has room for `room`. Something
    /// larger than a page has one of its own.
    pub(super) fn of(sizes: &[usize], room: usize, first: usize) -> Page {
        let (mut starts, mut used) = (vec![0], 0);
        for (at, size) in sizes.iter().enumerate() {
            if used > 0 && used + size > room {
                starts.push(at);
                used = 0;
            }
            used += size;
        }
        let number = starts.iter().rposition(|start| *start <= first).unwrap_or(0);
        let to = starts.get(number + 1).copied().unwrap_or(sizes.len());
        Page { from: starts.get(number).copied().unwrap_or(0), to, number, starts }
    }

    /// The first thing of the page `by` pages on; none where there is no such page.
    pub(super) fn turned(&self, by: isize) -> Option<usize> {
        self.starts.get(self.number.checked_add_signed(by)?).copied()
    }
}

/// What a screen does when its reader turns the page: asks for what comes first then.
pub(super) fn turn(page: &Rc<RefCell<Option<Page>>>, send: &Sender) -> impl Fn(i32) + 'static + use<> {
    let (page, send) = (page.clone(), send.clone());
    move |by| {
        let first = page.borrow().as_ref().and_then(|p| p.turned(isize::try_from(by).unwrap_or(0)));
        if let Some(first) = first {
            send(Intent::First(first));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_whole_things() {
        let sizes = [1, 1, 2, 2, 1, 9, 1];
        let page = Page::of(&sizes, 4, 0);
        assert_eq!((page.from, page.to, page.starts.as_slice()), (0, 3, [0, 3, 5, 6].as_slice()));
        assert_eq!(Page::of(&sizes, 4, 4).number, 1);
        assert_eq!(Page::of(&sizes, 4, 6), Page { from: 6, to: 7, number: 3, starts: vec![0, 3, 5, 6] });
        assert_eq!(page.turned(-1), None);
        assert_eq!(page.turned(1), Some(3));
        assert_eq!(Page::of(&[], 4, 0), Page { from: 0, to: 0, number: 0, starts: vec![0] });
        // The place is kept when the window holds another number of things.
        assert_eq!(Page::of(&sizes, 3, 3).from, 3);
    }
}
