// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the hub is back: what became of commands that it never answered, and
//! the tickets that the kiosk gave meanwhile, in their order. Each step may be
//! repeated after a power cut at any point, and nothing is done twice by it.

use super::{Ordering, Remote};
use crate::client::Miss;
use crate::hub::Request;
use crate::kiosk::own::Memo;
use crate::store::Answer;
use motcua_core::queue::{Command, HallNow, OfflineTicket, PrintState, Refusal, Ticket};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Between two rounds while something is left.
const AGAIN: Duration = Duration::from_secs(1);
/// A ticket whose paper is still under way after this long is delivered all the same: somebody waits
/// with the number from the screen.
const PAPER_LIMIT_MS: i64 = 15_000;

/// Tickets that the hub does not take, with the day and the configuration under which it said so.
type Kept = HashMap<Uuid, (Option<jiff::civil::Date>, String)>;

/// One step of a round.
enum Step {
    Done,
    /// To be tried again soon.
    Later,
    /// To be tried again when the hall has changed.
    Kept,
}

impl Remote {
    /// Never returns. Works whenever there may be something to deliver and the hub is heard.
    pub(super) async fn deliver_for_ever(self: Arc<Self>) {
        let (mut kept, mut left) = (Kept::new(), false);
        loop {
            if left {
                // Whatever comes first; without an end to wait for, the news are enough.
                let _ = tokio::time::timeout(AGAIN, self.own.work.notified()).await;
            } else {
                self.own.work.notified().await;
            }
            if self.there.load(Ordering::Relaxed) {
                left = match self.round(&mut kept).await {
                    Ok(left) => left,
                    Err(miss) => {
                        tracing::warn!(error = %miss, "not all is delivered");
                        true
                    }
                };
            }
        }
    }

    /// One round; true when something is left that needs no news to go on.
    async fn round(&self, kept: &mut Kept) -> Result<bool, Miss> {
        for id in self.own.book().read().await.abandoned {
            self.resolve(id).await?;
        }
        let Some(hub) = self.own.hub() else { return Ok(false) };
        let tickets = match hub.undelivered().await {
            Ok(tickets) => tickets,
            Err(e) => {
                tracing::error!(error = %e, "the own tickets cannot be read");
                return Ok(true);
            }
        };
        let here = hub.now().borrow().clone();
        let (mut left, hall) = (false, self.last().clone());
        for mut ticket in tickets {
            if kept.get(&ticket.id) == Some(&hall) {
                continue;
            }
            if !settled(&mut ticket, &here) {
                left = true;
                continue;
            }
            match self.deliver(&ticket).await? {
                Step::Done => {}
                Step::Later => left = true,
                Step::Kept => {
                    kept.insert(ticket.id, hall.clone());
                }
            }
        }
        Ok(left)
    }

    /// Uses up the id of a command that got no answer. Either it never reached the hub and now never
    /// will, or it did and its number is taken back: the citizen has another.
    async fn resolve(&self, id: Uuid) -> Result<(), Miss> {
        match self.ask(&Request { id, command: Command::Tick }).await {
            Ok(_) => {}
            Err(miss) if miss.is_reused() => {
                let reason = "the hub's answer did not arrive; the kiosk gave a number of its own".to_owned();
                let void = Command::Void { ticket: id, reason };
                match self.ask(&Request { id: Uuid::now_v7(), command: void }).await? {
                    Answer::Accepted { .. } => tracing::info!(%id, "a number that nobody has was taken back"),
                    Answer::Refused(why) => tracing::info!(%id, %why, "a number that nobody has"),
                }
            }
            Err(miss) => return Err(miss),
        }
        // When this is not kept, the same is done again and changes nothing.
        drop(self.own.change(|m| m.abandoned.retain(|x| *x != id)).await);
        Ok(())
    }

    async fn deliver(&self, ticket: &Ticket) -> Result<Step, Miss> {
        let refused = self.own.book().read().await.refused.get(&ticket.id).copied().unwrap_or(0);
        let request =
            Request { id: nth(ticket.id, refused), command: Command::Adopt { ticket: offline(ticket) } };
        let there = match self.ask(&request).await {
            Ok(Answer::Accepted { .. }) => true,
            Ok(Answer::Refused(Refusal::AlreadySo)) => self.has(ticket).await?,
            Ok(Answer::Refused(why)) => {
                tracing::error!(label = ticket.label, %why, "the hub does not take this ticket");
                self.refused(ticket, refused).await;
                return Ok(Step::Kept);
            }
            // Its paper has come further since; or it was refused and the answer did not arrive.
            Err(miss) if miss.is_reused() => self.has(ticket).await?,
            Err(miss) if miss.is_silence() => return Err(miss),
            Err(miss) => {
                tracing::error!(label = ticket.label, error = %miss, "the hub does not take this ticket");
                return Ok(Step::Kept);
            }
        };
        if !there {
            self.refused(ticket, refused).await;
            return Ok(Step::Later);
        }
        match self.own.let_go(ticket).await {
            Ok(print) => {
                if refused > 0 {
                    let forget = |m: &mut Memo| m.refused.retain(|id, _| *id != ticket.id);
                    drop(self.own.change(forget).await);
                }
                tracing::info!(label = ticket.label, "delivered");
                if let Some(print) = print.filter(|p| *p != ticket.print) {
                    let mark = Command::MarkPrint { ticket: ticket.id, print };
                    self.ask_until_answered(&Request { id: Uuid::now_v7(), command: mark }).await;
                }
                Ok(Step::Done)
            }
            Err(e) => {
                tracing::error!(error = %e, label = ticket.label, "the delivery was not written down");
                Ok(Step::Later)
            }
        }
    }

    /// Whether the hub has a ticket that it was told of before; tells it of the paper once more. Of a
    /// day that is over it would not say, and nobody waits with it any more.
    async fn has(&self, ticket: &Ticket) -> Result<bool, Miss> {
        let mark = Command::MarkPrint { ticket: ticket.id, print: ticket.print };
        let answer = self.ask(&Request { id: Uuid::now_v7(), command: mark }).await?;
        let unknown = matches!(answer, Answer::Refused(Refusal::UnknownTicket { .. }));
        let today = self.last().0 == Some(ticket.day);
        Ok(!(unknown && today))
    }

    /// A refusal is the answer of its id for ever, so the next attempt needs another.
    async fn refused(&self, ticket: &Ticket, before: u32) {
        let count = |m: &mut Memo| m.refused.extend([(ticket.id, before + 1)]);
        drop(self.own.change(count).await);
    }
}

/// Whether a ticket can be delivered now; what is not known of its paper is said as such.
fn settled(ticket: &mut Ticket, here: &HallNow) -> bool {
    let over = here.day != Some(ticket.day);
    ticket.print = match ticket.print {
        // Nobody prints a ticket of a day that is over.
        PrintState::Committed if over => PrintState::PrintFailed,
        PrintState::Printing if over => PrintState::PrintUnknown,
        print => print,
    };
    let under_way = matches!(ticket.print, PrintState::Committed | PrintState::Printing);
    !under_way || here.unix_ms.abs_diff(ticket.issued_ms) > PAPER_LIMIT_MS.unsigned_abs()
}

/// As the kiosk gave it. Nothing in it but the paper changes from one attempt to the next.
fn offline(ticket: &Ticket) -> OfflineTicket {
    OfflineTicket {
        id: ticket.id,
        day: ticket.day,
        series: ticket.series,
        number: ticket.number,
        service: ticket.service.clone(),
        priority: ticket.priority,
        lang: ticket.lang.clone(),
        issued_ms: ticket.issued_ms,
        issued_at: ticket.issued_at,
        print: ticket.print,
    }
}

/// The id of the attempt after so many refusals: the ticket's own, then others that follow from it.
/// Only random bits of a UUID of version 7 change.
fn nth(id: Uuid, refused: u32) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ u128::from(refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_after_a_refusal_has_an_id_of_its_own() {
        let id = Uuid::now_v7();
        assert_eq!(nth(id, 0), id);
        let ids: std::collections::BTreeSet<Uuid> = (0..5).map(|n| nth(id, n)).collect();
        assert_eq!(ids.len(), 5);
        assert!(ids.iter().all(|i| i.get_version_num() == 7));
    }
}
