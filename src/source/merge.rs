//! One order of things of which several lists have some each, in their order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// All things of the lists, each once, so that those of a list keep their order. What no list decides is in the order
/// of the lists; of lists that contradict one another, the first thing that is left comes next.
pub(super) fn merge(lists: &[Vec<usize>]) -> Vec<usize> {
    let mut places: HashMap<usize, usize> = HashMap::new();
    let mut things = Vec::new();
    for &thing in lists.iter().flatten() {
        places.entry(thing).or_insert_with(|| {
            things.push(thing);
            things.len() - 1
        });
    }
    // How many neighbours come before each, and which come after.
    let (mut before, mut after) = (vec![0_usize; things.len()], vec![Vec::new(); things.len()]);
    for list in lists {
        for pair in list.windows(2) {
            let (one, other) = (places[&pair[0]], places[&pair[1]]);
            if one != other {
                after[one].push(other);
                before[other] += 1;
            }
        }
    }
    let free = (0..things.len()).filter(|&place| before[place] == 0);
    let mut free: BinaryHeap<Reverse<usize>> = free.map(Reverse).collect();
    let (mut is_done, mut left) = (vec![false; things.len()], 0);
    let mut order = Vec::with_capacity(things.len());
    while order.len() < things.len() {
        let next = free.pop().map(|Reverse(place)| place).filter(|&place| !is_done[place]);
        let place = next.or_else(|| {
            while left < things.len() && is_done[left] {
                left += 1;
            }
            // Only if nothing is free: the lists go in a circle.
            (free.is_empty() && left < things.len()).then_some(left)
        });
        let Some(place) = place else { continue };
        is_done[place] = true;
        order.push(things[place]);
        for &later in &after[place] {
            before[later] = before[later].saturating_sub(1);
            if before[later] == 0 && !is_done[later] {
                free.push(Reverse(later));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::merge;

    #[test]
    fn lists_keep_their_order() {
        assert_eq!(merge(&[vec![1, 3], vec![1, 2, 3], vec![3, 4]]), [1, 2, 3, 4]);
        assert_eq!(merge(&[vec![5, 9], vec![7]]), [5, 9, 7]);
        assert_eq!(merge(&[vec![2, 4], vec![1, 2], vec![4, 3]]), [1, 2, 4, 3]);
        assert_eq!(merge(&[]), [0_usize; 0]);
    }

    #[test]
    fn circles_end() {
        let mut order = merge(&[vec![1, 2, 3], vec![3, 1], vec![4, 4, 2]]);
        order.sort_unstable();
        assert_eq!(order, [1, 2, 3, 4]);
    }
}
