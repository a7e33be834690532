-- Put Blob From URL, each to a name of its own: wrk's request, with what the environment says.
local count, id = 0, 0

function setup(thread)
  thread:set("number", id)
  id = id + 1
end

function init()
  token, source, round = os.getenv("COPIES_TOKEN"), os.getenv("COPIES_SOURCE"), os.getenv("COPIES_ROUND")
end

function request()
  count = count + 1
  local name = string.format("/northtarget/copies/%s-%d-%09d", round, number, count)
  return wrk.format("PUT", name, {
    ["authorization"] = "Bearer " .. token,
    ["Content-Length"] = "0",
    ["if-none-match"] = "*",
    ["x-ms-blob-type"] = "BlockBlob",
    ["x-ms-copy-source"] = source .. string.format("/northsource/source/m365/%08d", count % 10000),
    ["x-ms-copy-source-authorization"] = "Bearer " .. token,
    ["x-ms-version"] = "2025-11-05",
  }, "")
end
