/// \file
/// What ssh-add and ssh-agent of OpenSSH 9.2p1 send, with tests/keys/openssh-ed25519. With the
/// length field.
#pragma once
#include "support/hex.hpp"

namespace nacre::test {

#define NACRE_ED25519_BLOB            \
    "0000000b 'ssh-ed25519' 00000020" \
    "85b5e4cded13a5058ef2c31aa2e42b4595edff6aaf39af777d1b9f6e0c311964"
#define NACRE_ED25519_FIELDS                                                    \
    "00000020 85b5e4cded13a5058ef2c31aa2e42b4595edff6aaf39af777d1b9f6e0c311964" \
    "00000040 876b5e0aaf3271fc304c67eb28e6404a3b0ea2309b5c3ce5da8443ab9a3df0ae" \
    "85b5e4cded13a5058ef2c31aa2e42b4595edff6aaf39af777d1b9f6e0c311964"

// ssh-add KEY; ssh-add -t 60 -c KEY; ssh-add -d KEY
inline const Bytes kAdd =
    from_hex("00000084 11 0000000b 'ssh-ed25519'" NACRE_ED25519_FIELDS "00000008 'ed@nacre'");
inline const Bytes kAddConstrained = from_hex(
    "0000008a 19 0000000b 'ssh-ed25519'" NACRE_ED25519_FIELDS "00000008 'ed@nacre' 01 0000003c 02");
inline const Bytes kRemove = from_hex("00000038 12 00000033" NACRE_ED25519_BLOB);
// ssh-add -l; -D; -x; -X; -s TOKEN; -e TOKEN
inline const Bytes kList = from_hex("00000001 0b");
inline const Bytes kRemoveAll = from_hex("00000001 13");
inline const Bytes kLock = from_hex("0000000e 16 00000009 'pass word'");
inline const Bytes kUnlock = from_hex("0000000e 17 00000009 'pass word'");
inline const Bytes kAddToken = from_hex(
    "00000042 14 00000030 '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'"
    "00000009 'pass word'");
inline const Bytes kRemoveToken =
    from_hex("00000039 15 00000030 '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so' 00000000");
// ssh-add KEY, beside which lies a certificate
inline const Bytes kAddCertificate = from_hex(
    "00000251 11 00000020 'ssh-ed25519-cert-v01@openssh.com'"
    "000001b4 00000020 'ssh-ed25519-cert-v01@openssh.com'"
    "00000020 27ed28795808fe56f912ad4ada01e68da688b5f0bffea8eb06504d69e69f717c"
    "00000020 85b5e4cded13a5058ef2c31aa2e42b4595edff6aaf39af777d1b9f6e0c311964"
    "0000000000000000 00000001 00000002 'id' 00000006 00000002 'me'"
    "0000000000000000 ffffffffffffffff 00000000"
    "00000082 00000015 'permit-X11-forwarding' 00000000"
    "00000017 'permit-agent-forwarding' 00000000 00000016 'permit-port-forwarding' 00000000"
    "0000000a 'permit-pty' 00000000 0000000e 'permit-user-rc' 00000000 00000000"
    "00000033 0000000b 'ssh-ed25519'"
    "00000020 0f95cfb417d4c5816b35ff9eb73aad75cfdadf0c41f2bda4dbe59806a2b87290"
    "00000053 0000000b 'ssh-ed25519' 00000040"
    "515d81aad0d2e450e07453d53f94bf2daa1df6ff1a552fa7fab8a862ff379e7b"
    "f1bbfacc57c962f5f352caa3fbcfc23f54bf79de1b3e48b8d284485e7ed0da05" NACRE_ED25519_FIELDS
    "00000008 'ed@nacre'");

// SIGN_REQUEST of 'data', and ssh-agent's answer; its answer to REQUEST_IDENTITIES.
inline const Bytes kSign =
    from_hex("00000044 0d 00000033" NACRE_ED25519_BLOB "00000004 'data' 00000000");
inline const Bytes kSigned = from_hex(
    "00000058 0e 00000053 0000000b 'ssh-ed25519' 00000040"
    "765a30c279e7a14137a06a9dd944a8a6a6258e74eb6699125ddf7bf461ac572a"
    "9d49bbbd7fb18d043fb6d798c96a079545d56af08f148ff56f148ea74ceee507");
inline const Bytes kListed =
    from_hex("00000048 0c 00000001 00000033" NACRE_ED25519_BLOB "00000008 'ed@nacre'");
inline const Bytes kNone = from_hex("00000005 0c 00000000");
inline const Bytes kSuccess = from_hex("00000001 06");
inline const Bytes kFailure = from_hex("00000001 05");

/// A message without its length field.
inline ByteView contents(ByteView message) {
    return message.subspan(4);
}

}  // namespace nacre::test
