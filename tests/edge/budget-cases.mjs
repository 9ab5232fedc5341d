/**
 * What every `Budget` does, as a table: for the one of a process, and for the Durable Object of the example. A step is
 * `take` or `settle` with what the query says otherwise than usual, and what is answered, or `passMs`: so much time
 * goes by.
 */
const USUAL = { key: "ann", id: "a", amount: 1, limit: 10, windowMs: 60_000 };

const take = (query, ok, retryAfterMs = null) => ({ take: { ...USUAL, ...query }, answer: { ok, retryAfterMs } });
const settle = (query) => {
  const { key, id, amount } = { ...USUAL, ...query };
  return { settle: { key, id, amount } };
};
const pass = (passMs) => ({ passMs });

export const CASES = {
  what_fits_is_counted_up_to_the_limit_itself: [
    take({ id: "a", amount: 4 }, true),
    take({ id: "b", amount: 6 }, true),
    take({ id: "c", amount: 1 }, false, 60_000),
  ],
  an_id_already_counted_is_answered_ok_and_counts_nothing: [
    take({ id: "a", amount: 10 }, true),
    take({ id: "a", amount: 10 }, true),
    take({ id: "a", amount: 1_000 }, true),
    settle({ id: "a", amount: 4 }),
    take({ id: "b", amount: 6 }, true),
  ],
  an_id_that_was_refused_is_not_counted: [
    take({ id: "a", amount: 8 }, true),
    take({ id: "b", amount: 3 }, false, 60_000),
    take({ id: "c", amount: 2 }, true),
    take({ id: "b", amount: 3 }, false, 60_000),
  ],
  each_id_counts_for_its_own_time_from_when_it_was_taken: [
    take({ id: "a", amount: 5 }, true),
    pass(20_000),
    take({ id: "b", amount: 5 }, true),
    pass(39_999),
    take({ id: "c", amount: 5 }, false, 1),
    pass(1),
    take({ id: "c", amount: 5 }, true),
    take({ id: "d", amount: 1 }, false, 20_000),
  ],
  an_id_that_expired_is_counted_anew: [
    take({ id: "a", amount: 10 }, true),
    pass(60_000),
    take({ id: "b", amount: 5 }, true),
    take({ id: "a", amount: 6 }, false, 60_000),
    take({ id: "a", amount: 5 }, true),
    take({ id: "c", amount: 1 }, false, 60_000),
  ],
  an_id_asked_again_expires_no_later: [
    take({ id: "a", amount: 10 }, true),
    pass(30_000),
    take({ id: "a", amount: 10 }, true),
    take({ id: "b", amount: 1 }, false, 30_000),
  ],
  a_refusal_says_when_enough_for_this_amount_will_have_expired: [
    take({ id: "long", amount: 4, windowMs: 90_000 }, true),
    take({ id: "short", amount: 2, windowMs: 10_000 }, true),
    take({ id: "usual", amount: 4 }, true),
    take({ id: "b", amount: 1 }, false, 10_000),
    take({ id: "b", amount: 2 }, false, 10_000),
    take({ id: "b", amount: 3 }, false, 60_000),
    take({ id: "b", amount: 6 }, false, 60_000),
    take({ id: "b", amount: 7 }, false, 90_000),
    take({ id: "b", amount: 10 }, false, 90_000),
  ],
  what_can_never_fit_has_no_time_to_ask_again: [
    take({ id: "a", amount: 11 }, false, null),
    take({ id: "b", amount: 5 }, true),
    take({ id: "a", amount: 11 }, false, null),
    take({ id: "a", amount: 1, limit: 0 }, false, null),
  ],
  without_a_limit_everything_is_counted: [
    take({ id: "a", amount: 1e12, limit: Infinity }, true),
    take({ id: "b", amount: 1, limit: Infinity }, true),
    take({ id: "c", amount: 1 }, false, 60_000),
  ],
  nothing_costs_nothing_where_the_limit_is_reached_and_is_refused_where_it_is_exceeded: [
    take({ id: "a", amount: 10 }, true),
    take({ id: "b", amount: 0 }, true),
    take({ id: "c", amount: 0, limit: 0 }, false, 60_000),
    take({ id: "d", amount: 0, limit: 0, key: "bob" }, true),
  ],
  fractions_add_up: [
    ...["a", "b", "c"].map((id) => take({ id, amount: 0.1, limit: 0.3 }, true)),
    take({ id: "d", amount: 0.1, limit: 0.3 }, false, 60_000),
    take({ id: "d", amount: 0.0625, limit: 0.3625 }, true),
    take({ id: "e", amount: 0.001, limit: 0.3625 }, false, 60_000),
  ],
  what_was_taken_can_be_set_lower_and_higher: [
    take({ id: "a", amount: 8 }, true),
    settle({ id: "a", amount: 2.5 }),
    take({ id: "b", amount: 7.5 }, true),
    take({ id: "c", amount: 1 }, false, 60_000),
    settle({ id: "b", amount: 20 }),
    take({ id: "c", amount: 0 }, false, 60_000),
    settle({ id: "b", amount: 0.5 }),
    take({ id: "c", amount: 7 }, true),
  ],
  what_is_settled_keeps_its_time: [
    take({ id: "a", amount: 8 }, true),
    pass(30_000),
    settle({ id: "a", amount: 10 }),
    take({ id: "b", amount: 1 }, false, 30_000),
    pass(30_000),
    take({ id: "b", amount: 10 }, true),
  ],
  what_is_settled_to_nothing_is_forgotten: [
    take({ id: "a", amount: 10 }, true),
    settle({ id: "a", amount: 0 }),
    take({ id: "b", amount: 10 }, true),
    take({ id: "a", amount: 1 }, false, 60_000),
    settle({ id: "b", amount: 0 }),
    take({ id: "a", amount: 10 }, true),
  ],
  an_id_that_is_not_known_or_has_expired_is_not_settled: [
    settle({ id: "a", amount: 10 }),
    take({ id: "b", amount: 5 }, true),
    settle({ id: "a", amount: 10 }),
    pass(60_000),
    settle({ id: "b", amount: 10 }),
    take({ id: "c", amount: 10 }, true),
  ],
  an_id_taken_for_nothing_is_known: [
    take({ id: "a", amount: 0 }, true),
    settle({ id: "a", amount: 10 }),
    take({ id: "b", amount: 1 }, false, 60_000),
  ],
  keys_are_counted_apart: [
    take({ key: "ann", amount: 10 }, true),
    take({ key: "bob", amount: 10 }, true),
    settle({ key: "bob", amount: 0 }),
    take({ key: "ann", id: "b", amount: 1 }, false, 60_000),
    take({ key: "bob", id: "b", amount: 10 }, true),
  ],
  keys_and_ids_may_be_any_text: [
    take({ key: "", id: "", amount: 10 }, true),
    take({ key: "", id: "__proto__", amount: 1 }, false, 60_000),
    take({ key: "__proto__", id: "constructor", amount: 10 }, true),
    take({ key: "a' OR 1=1 --", id: "'; DROP TABLE taken; --", amount: 10 }, true),
    take({ key: "a' OR 1=1 --", id: "é😀\u0000x", amount: 1 }, false, 60_000),
    settle({ key: "a' OR 1=1 --", id: "'; DROP TABLE taken; --", amount: 0 }),
    take({ key: "a' OR 1=1 --", id: "é😀\u0000x", amount: 10 }, true),
  ],
};

/** Takes one case's steps; `check(answer, expected, step)` judges every answer of a take. */
export async function walk(steps, { budget, passTime, check }) {
  for (const [index, { take, settle, passMs, answer }] of steps.entries()) {
    if (take) check(await budget.take(take), answer, `step ${index + 1}: ${JSON.stringify(take)}`);
    else if (settle) await budget.settle(settle);
    else await passTime(passMs);
  }
}
