/** Aeolian's client library: everything an app needs to play and steer a station. */

export { Station } from './station.js';
export { Refused } from './control.js';
export { SAMPLE_RATE } from './protocol.js';
