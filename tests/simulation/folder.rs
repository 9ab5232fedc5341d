//! The files on the disk of a run, and what its pages have of them.

use std::collections::BTreeMap;
use std::rc::Rc;

use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::Blob;

use super::files::{File, Machine};
use super::photos::{Disk, Kind, PICTURES};

/// The last of the pictures, which are rarer.
const RARE: usize = 2;

pub struct Folder {
    machine: Rc<Machine>,
    /// The last one is a sound.
    disks: Vec<Rc<Disk>>,
    /// Files that a page has, by their place on the disk.
    in_pages: BTreeMap<(u64, usize), File>,
    /// What was chosen, by the identity that it has in its page.
    chosen: BTreeMap<u64, Rc<Disk>>,
}

impl Folder {
    pub fn new(machine: Rc<Machine>, random: &mut SplitMix64) -> Self {
        let (often, rarely) = PICTURES.split_at(PICTURES.len() - RARE);
        let mut kinds: Vec<Kind> = (0..3).map(|_| often[random.below(often.len())]).collect();
        kinds.push(if random.unit() < 0.2 { rarely[random.below(RARE)] } else { often[0] });
        kinds.push(Kind::Sound);
        let disks = kinds.into_iter().map(|kind| Disk::new(kind, random)).collect();
        Self { machine, disks, in_pages: BTreeMap::new(), chosen: BTreeMap::new() }
    }

    /// What lies on the disk where a file was chosen.
    pub fn chosen(&self, identity: u64) -> &Disk {
        &self.chosen[&identity]
    }

    /// A picture as a page has it.
    pub fn picture(&mut self, tab: u64, random: &mut SplitMix64) -> File {
        let place = random.below(self.disks.len() - 1);
        self.at(tab, place)
    }

    /// Any file as a page has it.
    pub fn file(&mut self, tab: u64, random: &mut SplitMix64) -> File {
        let place = random.below(self.disks.len());
        self.at(tab, place)
    }

    fn at(&mut self, tab: u64, place: usize) -> File {
        let Self { machine, disks, in_pages, chosen } = self;
        let file = in_pages.entry((tab, place)).or_insert_with(|| {
            let file = File::choose(machine, &disks[place]);
            chosen.insert(file.identity(), disks[place].clone());
            file
        });
        file.clone()
    }

    /// A file of the disk is written anew, or cut short.
    pub fn change(&mut self, random: &mut SplitMix64, now_ms: f64) {
        let disk = &self.disks[random.below(self.disks.len())];
        if random.unit() < 0.5 {
            self.machine.tally.count("file: replaced");
            disk.replace(random, now_ms);
        } else {
            self.machine.tally.count("file: cut short");
            disk.cut_short(now_ms);
        }
        self.machine.executor.note(|| format!("{disk:?} changes"));
    }

    /// Chosen again, a file is another one to the page.
    pub fn choose_again(&mut self, random: &mut SplitMix64) {
        let disk = random.below(self.disks.len());
        self.in_pages.retain(|(_, other), _| *other != disk);
        self.machine.tally.count("file: chosen again");
    }
}
