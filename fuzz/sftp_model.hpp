/// \file
/// What a file system is to an SFTP client, in maps and strings: written from the drafts and
/// without a look at any of the library's file systems, to say what each request must come to.
#pragma once
#include <nacre/sftp/file.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::fuzz::model {

using sftp::BlockMask;
using sftp::OpenFlags;

enum class Kind : std::uint8_t { folder, file, link };

/// Who keeps what from whom. Modes count only where they are mandatory, or both sides name some.
struct Lock {
    std::uint64_t owner = 0;
    std::uint64_t offset = 0, length = 0;  ///< of a range; length 0: to the end
    BlockMask uses = 0, block = 0;

    bool mandatory() const { return (block & sftp::kBlockAdvisory) == 0; }
    bool keeps_out(const Lock& other) const {
        constexpr BlockMask kModes = sftp::kBlockRead | sftp::kBlockWrite | sftp::kBlockDelete;
        return (block & other.uses & kModes) != 0 && (mandatory() || other.block != 0);
    }
    bool touches(std::uint64_t from, std::uint64_t size) const {
        return (size == 0 || offset < from + size) && (length == 0 || from < offset + length);
    }
};

struct Node {
    Kind kind = Kind::folder;
    std::string data;  ///< or the target of a link
    std::uint32_t permissions = 0, uid = 0, gid = 0;
    std::optional<std::int64_t> mtime;  ///< as a client set it, until something else changes it
    std::map<std::string, std::shared_ptr<Node>> children;
    std::uint32_t names = 0;
    Node* parent = nullptr;
    std::vector<Lock> opens, ranges;

    bool is_folder() const { return kind == Kind::folder; }
    /// Whether `owner` may do that there.
    bool free(std::uint64_t owner, BlockMask use, std::uint64_t from, std::uint64_t size) const {
        return std::none_of(ranges.begin(), ranges.end(), [&](const Lock& range) {
            return range.owner != owner && range.mandatory() && (range.block & use) != 0 &&
                   range.touches(from, size);
        });
    }
    bool may_lose_a_name() const {
        const auto keeps = [](const Lock& lock) {
            return lock.mandatory() && (lock.block & sftp::kBlockDelete) != 0;
        };
        return std::none_of(opens.begin(), opens.end(), keeps) &&
               std::none_of(ranges.begin(), ranges.end(), keeps);
    }
};
using NodePtr = std::shared_ptr<Node>;

/// Where a path leads: a folder and a name in it, of something or free.
struct Place {
    NodePtr folder;  ///< null: the root itself
    std::string name;
    NodePtr node;
};

/// An open file.
struct Open {
    NodePtr node;
    OpenFlags flags;
    std::uint64_t owner = 0;
    Place doomed;  ///< with delete_on_close: the name that goes
};

class Tree {
  public:
    static constexpr int kMaxLinks = 40;

    /// Nothing: there is no such place.
    std::optional<Place> find(std::string_view path, bool follow) const {
        std::deque<std::string> todo = parts(path);
        Place place{nullptr, {}, root_};
        for (int links = 0; !todo.empty();) {
            const std::string name = std::move(todo.front());
            todo.pop_front();
            const NodePtr here = place.node;
            if (!here->is_folder()) return std::nullopt;
            const auto child = here->children.find(name);
            if (child == here->children.end()) {
                if (!todo.empty()) return std::nullopt;
                return Place{here, name, nullptr};
            }
            if (child->second->kind == Kind::link && (follow || !todo.empty())) {
                if (++links > kMaxLinks) return std::nullopt;
                auto target = parts(child->second->data);
                todo.insert(todo.begin(), target.begin(), target.end());
                // All targets are absolute.
                place = {nullptr, {}, root_};
                continue;
            }
            place = {here, name, child->second};
        }
        return place;
    }
    NodePtr existing(std::string_view path, bool follow) const {
        const auto place = find(path, follow);
        return place ? place->node : nullptr;
    }
    NodePtr make(std::string_view path, Kind kind, std::string data, std::uint32_t permissions) {
        const auto place = find(path, false);
        if (!place || place->node != nullptr) return nullptr;
        return make(*place, kind, std::move(data), permissions);
    }
    NodePtr make(const Place& place, Kind kind, std::string data, std::uint32_t permissions) {
        auto node = std::make_shared<Node>();
        node->kind = kind;
        node->data = std::move(data);
        node->permissions = permissions;
        add(place, node);
        return node;
    }
    bool remove(std::string_view path, bool folder) {
        const auto place = find(path, false);
        if (!place || place->node == nullptr || place->node->is_folder() != folder) return false;
        if (folder ? !place->node->children.empty() : !place->node->may_lose_a_name()) return false;
        take(*place);
        return true;
    }
    bool rename(std::string_view from, std::string_view to, bool overwrite) {
        const auto source = find(from, false), target = find(to, false);
        if (!source || !target || source->node == nullptr) return false;
        if (target->node != nullptr) {
            if (!overwrite) return false;
            if (target->node == source->node) return true;
        }
        for (const Node* up = target->folder.get(); up != nullptr; up = up->parent)
            if (up == source->node.get()) return false;
        if (const auto& old = target->node; old != nullptr) {
            if (source->node->is_folder() != old->is_folder()) return false;
            if (!old->children.empty() || !old->may_lose_a_name()) return false;
            take(*target);
        }
        take(*source);
        add(*target, source->node);
        return true;
    }
    bool hard_link(std::string_view existing_path, std::string_view path) {
        const auto node = existing(existing_path, false);
        const auto place = find(path, false);
        if (node == nullptr || node->is_folder() || !place || place->node != nullptr) return false;
        add(*place, node);
        return true;
    }
    std::optional<Open> open(std::string_view path, const OpenFlags& flags, std::uint64_t owner,
                             std::uint32_t permissions) {
        const bool fresh_only = flags.create && flags.exclusive;
        auto place = find(path, !fresh_only && !flags.no_follow);
        if (!place) return std::nullopt;
        const bool is_new = place->node == nullptr;
        if (is_new ? !flags.create : fresh_only || place->node->kind != Kind::file)
            return std::nullopt;
        if (is_new) place->node = make(*place, Kind::file, {}, permissions);
        Node& node = *place->node;
        Lock mine{owner, 0, 0, 0, flags.block == sftp::kBlockAdvisory ? 0 : flags.block};
        mine.uses = (flags.read ? sftp::kBlockRead : 0) | (flags.write ? sftp::kBlockWrite : 0) |
                    (flags.delete_on_close ? sftp::kBlockDelete : 0);
        for (const Lock& other : node.opens)
            if (other.keeps_out(mine) || mine.keeps_out(other)) return std::nullopt;
        if (!is_new && flags.truncate) {
            if (!node.free(owner, sftp::kBlockWrite, 0, 0)) return std::nullopt;
            node.data.clear();
            node.mtime.reset();
        }
        node.opens.push_back(mine);
        Open open{place->node, flags, owner, {}};
        if (flags.delete_on_close) open.doomed = *place;
        return open;
    }
    void close(const Open& open) {
        const auto ours = [&](const Lock& lock) { return lock.owner == open.owner; };
        std::erase_if(open.node->opens, ours);
        std::erase_if(open.node->ranges, ours);
        if (open.doomed.folder == nullptr) return;
        const auto child = open.doomed.folder->children.find(open.doomed.name);
        if (child != open.doomed.folder->children.end() && child->second == open.node)
            take(open.doomed);
    }

  private:
    static std::deque<std::string> parts(std::string_view path) {
        std::deque<std::string> all;
        while (!path.empty()) {
            const auto end = std::min(path.find('/'), path.size());
            if (end != 0) all.emplace_back(path.substr(0, end));
            path.remove_prefix(std::min(end + 1, path.size()));
        }
        return all;
    }
    static void add(const Place& place, const NodePtr& node) {
        place.folder->children[place.name] = node;
        place.folder->mtime.reset();
        ++node->names;
        if (node->is_folder()) node->parent = place.folder.get();
    }
    static void take(const Place& place) {
        const NodePtr node = place.folder->children.at(place.name);
        place.folder->children.erase(place.name);
        place.folder->mtime.reset();
        --node->names;
    }

    NodePtr root_ = std::make_shared<Node>();
};

}  // namespace nacre::fuzz::model
