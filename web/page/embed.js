/** `/embed?station=…&theme=…`: the small player, for an iframe. */

import { AeolianPlayer } from '../client/element.js';
import { byId } from './dom.js';

const query = new URLSearchParams(location.search);
const player = new AeolianPlayer();
player.setAttribute('src', new URL('./', location.href).href);
player.setAttribute('station', query.get('station') ?? 'main');
player.setAttribute('theme', query.get('theme') === 'day' ? 'day' : 'night');
byId('player').append(player);
