/**
 * Many people generate through a faulty API in tabs that are closed at random moments; what is left, the next tab takes
 * up. In virtual time, and the same for the same seed but for the keys. Answers figures; `problems` names everything
 * that must not be.
 */

const FAULTS = ["drop_before", "drop_after", "status_429", "status_500", "status_503", "slow", "truncate", "garbage"];
const FAULT_RATE = 0.3;
/** So many people at once, and what each of them makes, two at once in each tab. */
const PEOPLE = 10;
const JOBS = 20;
const LANES = 2;
const STORE_MS = 8;
const TAB_LIFE_MS = 20_000;
/**
 * Of all exchanges and questions to the store, reads included, so many are followed by a closing. What a client asks
 * more often closes its tabs more often.
 */
const CLOSING_RATE = 0.01;
const CLOSING_MS = 20;
/** How long a person looks at an error before trying again. */
const PATIENCE_MS = 1_000;
const KEY = "rvya_sk_emulator";
/** Every so many generations fail, which is a result, too. */
const FAILS_EVERY = 20;
/** After so many conflicts a person gives up. */
const MAX_CONFLICTS = 8;
const CLOSED = Symbol("the tab was closed");

/** Mulberry32. */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function runChaos({ generations, seed, idempotency }, { createClient, createEmulator, clock }) {
  const random = randomNumbers(seed);
  const emulator = await createEmulator({
    credits: 1e9,
    idempotency,
    faults: { seed, rate: FAULT_RATE, kinds: FAULTS },
    outcome: outcomeOf,
  });
  const world = {
    random,
    emulator,
    createClient,
    clock,
    submissions: new Map(),
    handedOver: new Map(),
    doubts: new Set(),
    problems: [],
    tabs: 0,
    again: 0,
  };
  const jobs = Array.from({ length: generations }, (_, index) => ({
    model: "z-image",
    prompt: `${index}${index % FAILS_EVERY === 7 ? " fails" : ""}`,
  }));
  const { random: platformRandom } = Math;
  const { warn } = console;
  Math.random = random;
  console.warn = () => {}; // a closed tab's store fails, as it should
  const startedMs = clock.nowMs();
  try {
    const queue = Array.from({ length: Math.ceil(generations / JOBS) }, (_, index) =>
      jobs.slice(index * JOBS, (index + 1) * JOBS),
    );
    const place = async () => {
      for (let own; (own = queue.shift()) !== undefined; ) await live(world, own);
    };
    const { error } = await clock.until(Promise.all(Array.from({ length: PEOPLE }, place)));
    if (error !== undefined) throw error;
  } finally {
    Math.random = platformRandom;
    console.warn = warn;
  }
  const figures = judge(world, jobs, idempotency);
  emulator.free();
  return { ...figures, virtualMs: clock.nowMs() - startedMs };
}

const outcomeOf = ({ prompt }) => (prompt.endsWith("fails") ? "failed" : "succeeded");

/** One person: a store that lasts, tabs that don't, and work to get done. */
async function live(world, jobs) {
  const { clock, random } = world;
  const texts = new Map();
  const person = { tab: await openTab(world, texts) };
  let isDone = false;
  const closing = (async () => {
    while (!isDone) {
      await Promise.race([
        clock.sleep(-Math.log(1 - random()) * TAB_LIFE_MS),
        person.tab.isDoomed.then(() => clock.sleep(random() * CLOSING_MS)),
      ]);
      const closed = person.tab;
      closed.close();
      world.tabs += 1;
      person.tab = await openTab(world, texts);
      checkEntries(world, texts);
    }
  })();
  const queue = [...jobs];
  const lane = async () => {
    for (let job; (job = queue.shift()) !== undefined; ) await getDone(world, person, job);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  isDone = true;
  await closing;
  // What a tab was closed over just after it was handed over: it is handed over again, for nothing.
  for (const pending of await person.tab.client.pending()) {
    if (world.doubts.has(pending.prompt)) continue;
    await getDone(world, person, { model: pending.model, prompt: pending.prompt });
    world.again += 1;
  }
  person.tab.close();
  checkEntries(world, texts);
}

/** Tries until the result, or the failure of the generation itself, was handed over; or until nobody can know. */
async function getDone(world, person, job) {
  const { clock, handedOver, problems } = world;
  for (let conflicts = 0; ; ) {
    const { tab } = person;
    try {
      const mine = (await tab.live(tab.client.pending())).filter(({ prompt }) => prompt === job.prompt);
      if (mine.length > 1) problems.push(`${mine.length} entries of generation ${job.prompt}`);
      const call =
        mine.length === 0
          ? tab.client.generate(job, { signal: tab.signal })
          : tab.client.resume(mine[0], { signal: tab.signal });
      const { id } = await tab.live(call);
      handedOver.set(job.prompt, [...(handedOver.get(job.prompt) ?? []), id]);
      return;
    } catch (error) {
      if (error === CLOSED || tab.isClosed) continue;
      if (error.code === "generation_failed") {
        handedOver.set(job.prompt, [...(handedOver.get(job.prompt) ?? []), error.generation.id]);
        return;
      }
      if (error.code === "idempotency_conflict") {
        if (!error.mayHaveBeenCharged) problems.push(`generation ${job.prompt}: a conflict without a doubt`);
        if ((conflicts += 1) === MAX_CONFLICTS) return void world.doubts.add(job.prompt);
      }
      if (error.code === "not_found" || typeof error.code !== "string")
        problems.push(`generation ${job.prompt}: ${error.stack ?? error}`);
      await clock.sleep(PATIENCE_MS);
    }
  }
}

/** A client over a store and a network that both die with the tab. */
async function openTab(world, texts) {
  const { emulator, submissions, problems } = world;
  const controller = new AbortController();
  const leaving = new Set();
  const tab = { isClosed: false, signal: controller.signal, asked: new Set() };
  tab.isDoomed = new Promise((resolve) => (tab.doom = () => void (world.random() < CLOSING_RATE && resolve())));
  const store = storeOf(world, tab, texts);
  const fetch = (url, init) => {
    if (tab.isClosed) return new Promise(() => {});
    if (init.method === "POST") {
      const key = init.headers.get("Idempotency-Key");
      const { prompt } = JSON.parse(init.body);
      const known = submissions.get(key) ?? { prompt, body: init.body, count: 0, texts };
      if (known.body !== init.body) problems.push(`generation ${prompt}: other bytes under one key`);
      const entry = [...texts].find(([name]) => name.endsWith(`/${key}`))?.[1];
      if (entry === undefined) problems.push(`generation ${prompt}: sent without an entry`);
      else if (JSON.parse(entry).id !== undefined)
        problems.push(`generation ${prompt}: sent again though its id is known`);
      known.count += 1;
      submissions.set(key, known);
    }
    return emulator.fetch(url, init).finally(tab.doom);
  };
  tab.client = await world.createClient({
    baseUrl: emulator.options.baseUrl,
    apiKey: KEY,
    fetch,
    store,
    maxRetries: 2,
  });
  tab.close = () => {
    tab.isClosed = true;
    for (const act of tab.asked) if (world.random() < 0.5) act();
    controller.abort(CLOSED);
    for (const leave of leaving) leave(CLOSED);
    tab.client.free();
  };
  // What arrives in a closed tab is seen by nobody.
  tab.live = (promise) =>
    new Promise((resolve, reject) => {
      leaving.add(reject);
      promise.then(resolve, reject).finally(() => leaving.delete(reject));
    });
  return tab;
}

/** Answers take a moment; a tab that is closed meanwhile gets none, and what it asked for last was done or not. */
function storeOf({ clock, random }, tab, texts) {
  const ask = (work) =>
    async function (...args) {
      if (tab.isClosed) return new Promise(() => {});
      let answer;
      let isDone = false;
      const act = () => {
        if (!isDone) answer = work(...args);
        isDone = true;
      };
      if (random() < 0.5) act();
      tab.asked.add(act);
      tab.doom();
      await clock.sleep(random() * STORE_MS);
      tab.asked.delete(act);
      if (tab.isClosed) return new Promise(() => {});
      act();
      return answer;
    };
  return {
    get: ask((name) => texts.get(name) ?? null),
    set: ask((name, text) => void texts.set(name, text)),
    delete: ask((name) => void texts.delete(name)),
    keys: ask((prefix) => [...texts.keys()].filter((name) => name.startsWith(prefix))),
  };
}

/** Whatever was sent and not handed over has its entry. */
function checkEntries({ submissions, handedOver, problems }, texts) {
  for (const [key, submission] of submissions) {
    if (submission.texts !== texts || handedOver.has(submission.prompt)) continue;
    if (![...texts.keys()].some((name) => name.endsWith(`/${key}`)))
      problems.push(`generation ${submission.prompt}: its entry is lost`);
  }
}

function judge(world, jobs, idempotency) {
  const { emulator, submissions, handedOver, doubts, problems } = world;
  const { charges, requests } = emulator.ledger();
  const charged = new Map(jobs.map(({ prompt }) => [prompt, []]));
  for (const charge of charges) charged.get(submissions.get(charge.idempotencyKey).prompt).push(charge.id);
  for (const [prompt, ids] of charged) {
    const given = handedOver.get(prompt) ?? [];
    if (given.length === 0 && !doubts.has(prompt)) problems.push(`generation ${prompt}: never delivered`);
    if (given.some((id) => !ids.includes(id))) problems.push(`generation ${prompt}: the result of another one`);
    if (ids.length === 0 || (ids.length > 1 && idempotency !== "ignored"))
      problems.push(`generation ${prompt}: charged ${ids.length} times`);
    if (doubts.has(prompt) && idempotency !== "conflict") problems.push(`generation ${prompt}: in doubt`);
  }
  const exchanges = Object.values(requests).reduce((sum, count) => sum + count, 0);
  return {
    idempotency,
    generations: jobs.length,
    exchanges,
    submissions: requests["POST /api/v1/generations"],
    tabsClosed: world.tabs,
    charges: charges.length,
    delivered: handedOver.size,
    deliveredAgain: world.again,
    inDoubt: doubts.size,
    problems,
  };
}
