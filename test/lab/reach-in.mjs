// Connects to a port of loopback in the namespace where it was started, and hands the open socket to who started it.
import { connect } from 'node:net';

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]), pauseOnConnect: true });
socket.once('connect', () => process.send('connected', socket, () => process.disconnect()));
socket.once('error', () => process.exit(1));
