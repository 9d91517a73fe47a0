// What node_ssh2.py has the ssh2 of npm do. Reads one object from standard input: where the server
// is, and `runs`, each with the options of a connection. Writes a line of JSON for each run.
'use strict';
const fs = require('fs');
const { promisify } = require('util');
const { Client } = require('ssh2');

const job = JSON.parse(fs.readFileSync(0, 'utf8'));

function connect(options) {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const negotiated = {};
    client.on('handshake', (chosen) => {
      negotiated.kex = chosen.kex;
      negotiated.hostKey = chosen.serverHostKey;
      negotiated.cipher = chosen.cs.cipher;
      negotiated.mac = chosen.cs.mac;
      negotiated.compression = chosen.cs.compress;
    });
    client.on('keyboard-interactive', (name, text, language, prompts, answer) =>
      answer(prompts.map(() => options.password)));
    client.once('ready', () => resolve({ client, negotiated }));
    client.once('error', reject);
    client.connect({ host: '127.0.0.1', port: job.port, username: job.user, readyTimeout: 20000,
                     hostVerifier: () => true, ...options });
  });
}

async function open(client) {
  const sftp = await promisify(client.sftp).call(client);
  // Each function with a promise instead of its callback.
  const promised = (target, name) =>
    typeof target[name] === 'function' ? promisify(target[name]).bind(target) : undefined;
  return new Proxy(sftp, { get: promised });
}

async function transfer(client, sftp) {
  const there = `node-${process.hrtime.bigint()}`;
  await sftp.fastPut(job.file, there);
  await sftp.fastGet(there, job.back);
  await sftp.unlink(there);
  return fs.readFileSync(job.file).equals(fs.readFileSync(job.back)) ? 'same' : 'different';
}

// While the server renews the keys.
async function renew(client, sftp) {
  return [await transfer(client, sftp), await transfer(client, sftp)].join(' ');
}

async function operations(client, sftp) {
  const code = (promise) => promise.then(() => 0, (error) => error.code);
  const said = {};
  await sftp.mkdir('folder');
  await sftp.fastPut(job.file, 'folder/a');
  said.size = (await sftp.stat('folder/a')).size;
  await sftp.rename('folder/a', 'folder/b');
  await sftp.fastPut(job.file, 'folder/c');
  said.taken = await code(sftp.rename('folder/c', 'folder/b'));
  await sftp.ext_openssh_rename('folder/c', 'folder/b');
  await sftp.ext_openssh_hardlink('folder/b', 'folder/d');
  await sftp.symlink('b', 'folder/link');
  said.link = await sftp.readlink('folder/link');
  await sftp.setstat('folder/b', { mode: 0o600, mtime: 1000, atime: 1000 });
  const attrs = await sftp.lstat('folder/b');
  said.attrs = [attrs.mode & 0o777, attrs.mtime, attrs.isFile()];
  said.names = (await sftp.readdir('folder')).map((entry) => entry.filename).sort();
  said.blocks = (await sftp.ext_openssh_statvfs('folder')).f_bsize > 0;
  const handle = await sftp.open('folder/b', 'r+');
  await sftp.write(handle, Buffer.from('new'), 0, 3, 0);
  await sftp.ext_openssh_fsync(handle);
  await sftp.close(handle);
  const start = Buffer.alloc(3);
  const again = await sftp.open('folder/d', 'r');
  await sftp.read(again, start, 0, 3, 0);
  await sftp.close(again);
  said.start = start.toString();
  said.missing = await code(sftp.stat('nothing'));
  said.full = await code(sftp.rmdir('folder'));
  said.outside = await code(sftp.readFile('../../../../etc/passwd'));
  said.many = (await Promise.all(Array.from({ length: 64 }, () => sftp.stat('folder/b'))))
    .every((each) => each.mtime !== undefined);
  for (const name of said.names) await sftp.unlink(`folder/${name}`);
  await sftp.rmdir('folder');
  return said;
}

function program(client) {
  return new Promise((resolve, reject) => {
    client.exec('cat; echo err >&2; exit 6', (error, stream) => {
      if (error) return reject(error);
      const said = { out: '', err: '' };
      stream.on('data', (data) => { said.out += data; });
      stream.stderr.on('data', (data) => { said.err += data; });
      stream.on('close', (status) => resolve({ ...said, status }));
      stream.end('hello');
    });
  });
}

const deeds = { transfer, renew, operations, program };

async function run({ name, deed, options }) {
  const result = { name };
  let session;
  try {
    session = await connect(options);
    result.negotiated = session.negotiated;
    const sftp = deed === 'program' ? undefined : await open(session.client);
    result.said = await deeds[deed](session.client, sftp);
  } catch (error) {
    result.error = `${error.level || ''} ${error.message}`.trim();
  }
  if (session) session.client.end();
  console.log(JSON.stringify(result));
}

(async () => {
  for (const each of job.runs) await run(each);
})();
