/** How the connection and the buffer are, in numbers and in plain words. */

/**
 * @typedef {object} Health
 * @property {'idle' | 'connecting' | 'buffering' | 'playing' | 'reconnecting' | 'blocked' | 'refused'} phase
 * @property {string} words for a person
 * @property {number} buffer_ms left to play
 * @property {number} target_ms aimed for
 * @property {number} latency_ms from the station to the ear; NaN while nothing plays
 * @property {number} output_ms of it, from the player to the ear
 * @property {number} trip_ms to the station and back; NaN while unknown
 * @property {number} late_ms 95th percentile of arrival delay
 * @property {number} rate playout rate
 * @property {number} underruns
 * @property {number} skips
 * @property {'network' | 'device'} culprit what the music last came late from
 * @property {boolean} torn whether this device has lost sound of late, however full the buffer
 * @property {'worklet' | 'script' | null} engine
 * @property {import('./protocol.js').Format} format
 */

/** A target from here on is the sign of trouble. */
export const UNEASY_MS = 600;

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * @param {Pick<Health, 'phase' | 'buffer_ms' | 'target_ms' | 'culprit' | 'torn'>} health
 * @param {string} [reason] why the station refused, as it said
 */
export function words({ phase, buffer_ms, target_ms, culprit, torn }, reason) {
  switch (phase) {
    case 'idle':
      return 'silent';
    case 'connecting':
      return 'finding the station';
    case 'buffering':
      return buffer_ms < 50 ? 'waiting for the music' : `buffering ${seconds(buffer_ms)}`;
    case 'reconnecting':
      return buffer_ms > 50 ? 'connection lost: playing on' : 'connection lost: trying again';
    case 'blocked':
      return 'the browser waits for a tap';
    case 'refused':
      return reason ? `the station said no: ${reason}` : 'the station said no';
    case 'playing':
      if (torn) return 'this device is busy: the sound may break';
      if (target_ms < UNEASY_MS) return 'smooth';
      if (culprit === 'device') return `this device is busy: buffering ${seconds(target_ms)}`;
      return `network is slow: buffering ${seconds(target_ms)}`;
  }
}
