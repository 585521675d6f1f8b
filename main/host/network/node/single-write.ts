import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface';

/**
 * Makes an encrypter hand each of its writes to the connection in one piece. Noise writes lists (length, text,
 * length, text…) and the TCP transport gives each part a system call of its own, so a small message would leave in
 * two packets. One copy costs far less.
 */
export function inSingleWrites(encrypter: ConnectionEncrypter): ConnectionEncrypter {
  return {
    protocol: encrypter.protocol,
    secureInbound: (connection, options) => encrypter.secureInbound(joined(connection), options),
    secureOutbound: (connection, options) => encrypter.secureOutbound(joined(connection), options),
  };
}

function joined<Connection extends MessageStream>(connection: Connection): Connection {
  const send = connection.send.bind(connection);
  connection.send = (data) => send(data.subarray());
  return connection;
}
