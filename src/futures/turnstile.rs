//! A fair semaphore for the futures of one thread.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::slot::Slot;

/// Lets so many through at a time. Places go from group to group in turn, and within a group to whoever came first.
#[derive(Clone)]
pub(crate) struct Turnstile(Rc<State>);

/// Who queues together, as the files of one call do: however many they are, they get every second place beside another
/// group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group(pub(crate) u64);

struct State {
    free: Cell<usize>,
    /// The group whose turn it is comes first. None of them is empty.
    queue: Slot<VecDeque<Row>>,
}

/// Those of one group who queue.
struct Row {
    /// `None`: one alone.
    group: Option<Group>,
    members: VecDeque<Rc<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    is_granted: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Turnstile {
    pub(crate) fn new(places: usize) -> Self {
        Self(Rc::new(State { free: Cell::new(places), queue: Slot::default() }))
    }

    /// Waits for a place, which is left when it is dropped. A wait that is dropped leaves the queue as if it had never
    /// come. Who enters so is a group alone.
    pub(crate) async fn enter(&self) -> Place {
        self.enter_among(None).await
    }

    /// The same as one of a group.
    pub(crate) async fn enter_as(&self, group: Group) -> Place {
        self.enter_among(Some(group)).await
    }

    async fn enter_among(&self, group: Option<Group>) -> Place {
        if let Some(left) = self.0.free.get().checked_sub(1) {
            self.0.free.set(left);
            return Place(self.clone());
        }
        let waiting = Rc::new(Waiting::default());
        self.0.queue.with(|queue| match queue.iter_mut().find(|row| group.is_some() && row.group == group) {
            Some(row) => row.members.push_back(waiting.clone()),
            None => queue.push_back(Row { group, members: VecDeque::from([waiting.clone()]) }),
        });
        let mut ticket = Ticket { turnstile: self.clone(), waiting: Some(waiting) };
        poll_fn(|context| ticket.poll(context.waker())).await
    }

    /// Hands a place to whoever is next, or keeps it.
    fn leave(&self) {
        let next = self.0.queue.with(|queue| {
            let mut row = queue.pop_front()?;
            let next = row.members.pop_front();
            if !row.members.is_empty() {
                queue.push_back(row);
            }
            next
        });
        let Some(next) = next else {
            self.0.free.set(self.0.free.get().saturating_add(1));
            return;
        };
        next.is_granted.set(true);
        if let Some(waker) = next.waker.take() {
            waker.wake();
        }
    }

    /// Takes one out of the queue.
    fn forget(&self, waiting: &Rc<Waiting>) {
        self.0.queue.with(|queue| {
            for row in queue.iter_mut() {
                row.members.retain(|other| !Rc::ptr_eq(other, waiting));
            }
            queue.retain(|row| !row.members.is_empty());
        });
    }
}

/// A place within. Dropped, it goes to whoever is next.
pub(crate) struct Place(Turnstile);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// One who queues.
struct Ticket {
    turnstile: Turnstile,
    waiting: Option<Rc<Waiting>>,
}

impl Ticket {
    fn poll(&mut self, waker: &Waker) -> Poll<Place> {
        let Some(waiting) = self.waiting.take() else { return Poll::Pending };
        if waiting.is_granted.get() {
            return Poll::Ready(Place(self.turnstile.clone()));
        }
        waiting.waker.set(Some(waker.clone()));
        self.waiting = Some(waiting);
        Poll::Pending
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(waiting) = self.waiting.take() else { return };
        if waiting.is_granted.get() {
            // It was granted a place that it never took.
            self.turnstile.leave();
        } else {
            self.turnstile.forget(&waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::Context;

    type Entering = Pin<Box<dyn Future<Output = Place>>>;

    fn enter(turnstile: &Turnstile, group: Option<u64>) -> Entering {
        let turnstile = turnstile.clone();
        Box::pin(async move {
            match group {
                Some(group) => turnstile.enter_as(Group(group)).await,
                None => turnstile.enter().await,
            }
        })
    }

    fn poll(entering: &mut Entering) -> Option<Place> {
        match entering.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    /// In which order those who queue get the one place; `dropped` leave the queue before.
    fn order(groups: &[Option<u64>], dropped: &[usize]) -> Vec<usize> {
        let turnstile = Turnstile::new(1);
        let mut place = poll(&mut enter(&turnstile, None));
        assert!(place.is_some());
        let mut queue: Vec<Option<Entering>> =
            groups.iter().map(|group| Some(enter(&turnstile, *group))).collect();
        for entering in queue.iter_mut().flatten() {
            assert!(poll(entering).is_none());
        }
        for number in dropped {
            queue[*number] = None;
        }
        let mut order = Vec::new();
        while queue.iter().any(Option::is_some) {
            drop(place.take());
            for (number, entering) in queue.iter_mut().enumerate() {
                if let Some(granted) = entering.as_mut().and_then(poll) {
                    assert!(place.is_none(), "two at a time");
                    (place, *entering) = (Some(granted), None);
                    order.push(number);
                }
            }
            assert!(place.is_some(), "nobody is next");
        }
        order
    }

    #[test]
    fn whoever_came_first_goes_first() {
        assert_eq!(order(&[None, None, None], &[]), [0, 1, 2]);
        assert_eq!(order(&[Some(1), Some(1), Some(1)], &[]), [0, 1, 2]);
    }

    #[test]
    fn places_go_from_group_to_group_in_turn() {
        assert_eq!(order(&[Some(1), Some(1), Some(1), Some(2), None], &[]), [0, 3, 4, 1, 2]);
        assert_eq!(order(&[Some(1), Some(1), Some(2), Some(2), Some(1)], &[]), [0, 2, 1, 3, 4]);
    }

    #[test]
    fn a_wait_that_is_dropped_leaves_no_trace() {
        assert_eq!(order(&[Some(1), Some(1), Some(2), None], &[0, 3]), [1, 2]);
        assert_eq!(order(&[Some(1), Some(2)], &[0]), [1]);
    }

    #[test]
    fn a_place_that_was_granted_and_never_taken_goes_on() {
        let turnstile = Turnstile::new(1);
        let place = poll(&mut enter(&turnstile, None));
        let (mut one, mut other) = (enter(&turnstile, Some(1)), enter(&turnstile, Some(1)));
        assert!(poll(&mut one).is_none() && poll(&mut other).is_none());
        drop(place);
        drop(one);
        assert!(poll(&mut other).is_some());
    }
}
