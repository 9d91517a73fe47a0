/// \file
/// Signatures on the way to whoever waits for them: at once, or from another thread.
#pragma once
#include <nacre/base/executor.hpp>
#include <nacre/crypto/key.hpp>

#include <memory>

namespace nacre::detail {

/// Has `signer` sign `data` with `algorithm`. A key that takes its time (costly(): a large one, or
/// one in an agent or a token) does it in `executor`, so that no other session waits for it; the
/// answer comes on the session's thread.
void sign_in(Executor& executor, std::shared_ptr<Signer> signer, ByteView data,
             std::string_view algorithm, Reply<Signature> reply);

}  // namespace nacre::detail
