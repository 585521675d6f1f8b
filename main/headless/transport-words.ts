import type { TransportName, TransportView } from '../../shared/transports.ts';
import { visible } from './names.ts';

export const transportWords: Readonly<Record<TransportName, string>> = {
  libp2p: 'libp2p',
  websocket: 'WebSocket',
};

/** One transport in a few words, for `status`. */
export const transportInWords = ({ name, state, links, error }: TransportView): string =>
  `${transportWords[name]} ${stateInWords(state, links)}${error === null ? '' : `: ${visible(error)}`}`;

const stateInWords = (state: TransportView['state'], links: number): string =>
  state === 'running' || state === 'draining'
    ? `${state}, ${links} ${links === 1 ? 'link' : 'links'}`
    : state;
