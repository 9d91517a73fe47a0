/// \file
/// Logs in with one key.
#pragma once
#include <nacre/auth/client.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace nacre::bench {

class KeyLogin final : public AuthClientHandler {
  public:
    explicit KeyLogin(std::shared_ptr<Signer> key) : key_(std::move(key)) {}
    std::vector<std::shared_ptr<Signer>> keys() override { return {key_}; }

  private:
    std::shared_ptr<Signer> key_;
};

}  // namespace nacre::bench
