/** The link in a worker: a page that is busy does not hold up the music. */

import { host } from './host.js';

const obey = host((message) => postMessage(message));
onmessage = ({ data }) => obey(data);
