/**
 * How long to wait before the n-th try to connect again: a fifth of a second at first, so that a
 * blip is over before anybody worries, then twice as long each time, to 15 s. Half of it is random,
 * so that a restarted server does not meet all its listeners at once.
 *
 * @param {number} attempt 0 for the first
 * @param {number} random 0 to 1
 * @returns {number} milliseconds
 */
export function backoff_ms(attempt, random) {
  const most = Math.min(15_000, 200 * 2 ** Math.min(attempt, 20));
  return most * (0.5 + random / 2);
}
