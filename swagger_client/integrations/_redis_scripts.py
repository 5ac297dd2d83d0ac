"""The Lua scripts that :mod:`swagger_client.integrations.redis` runs on the Redis server.

Redis runs each script as one atomic step. Times are microseconds of the Redis server's clock. A
label is one of Zoom's rate limit labels, such as "medium". A slot is the time at which a request
may be sent. A client is one :class:`RedisPacer`.

For each label there is one hash with these fields:

- ``next``: the next free slot; ``last``: the slot reserved last
- ``closed``: the time before which no request may be sent
- ``rate``, ``ceiling``: the current and the highest number of requests per second, stored after a
  429 lowered them; ``changed``: the time at which they were stored
- ``sent``: the number of requests sent; ``s0``, ``s1``, …: the times of the last requests
- ``back``: the time at which the Redis server was reachable again after an outage; ``expected``:
  the number of clients before the outage

For each label there is also a sorted set of the clients, each with the time at which it last
reserved or confirmed a slot.
"""

_STATE = """
local parts = redis.call('TIME')
local now = parts[1] * 1000000 + parts[2]
local names = {'next', 'closed', 'rate', 'ceiling', 'changed', 'sent', 'back', 'expected'}
local values = redis.call('HMGET', KEYS[1], unpack(names))
local state = {}
for i, name in ipairs(names) do state[name] = tonumber(values[i]) end
local function whole(number) return string.format('%.0f', number) end
local function set(...) redis.call('HSET', KEYS[1], ...) end
local function current_rate(plan, growth)
  local ceiling = math.min(plan, state.ceiling or plan)
  local rate = math.min(state.rate or ceiling, ceiling)
  if state.changed then
    rate = math.min(ceiling, rate + growth * (now - state.changed) / 1000000)
  end
  return rate, ceiling
end
local function keep(microseconds)
  local milliseconds = math.max(3600000, math.ceil(microseconds / 1000) * 2)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, milliseconds) end
end
"""

#: Reserves a time slot, or confirms a reserved slot. Keys: the hash and the set of the label.
#: Arguments: slot (0 to reserve one), longest wait, rate of the plan, growth of the rate, number of
#: requests permitted in a window, length of the window, id of the client, time after which a silent
#: client is not counted, number of clients in the last reply, 1 if the client has paced itself in
#: an outage, duration of the return after an outage.
#: Returns: wait, slot (0 if none was reserved), number of clients.
TAKE = (
    _STATE
    + """
local slot, longest = tonumber(ARGV[1]), tonumber(ARGV[2])
local limit, window = tonumber(ARGV[5]), tonumber(ARGV[6])
local known, outage = tonumber(ARGV[9]), tonumber(ARGV[11])
redis.call('ZADD', KEYS[2], whole(now), ARGV[7])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now - tonumber(ARGV[8])))
local clients = redis.call('ZCARD', KEYS[2])

if ARGV[10] == '1' then
  if now > (state.back or 0) + outage then
    state.back, state.expected = now, 0
    set('back', whole(now))
  end
  state.expected = math.max(state.expected, known)
  set('expected', state.expected)
end
if not state.next and known > 0 then
  -- The Redis server lost its data, and other requests may have been sent in the last second. So
  -- wait for a whole window.
  slot, state.next = 0, now + window
end
if slot == 0 or slot < (state.closed or 0) then
  local rate = current_rate(tonumber(ARGV[3]), tonumber(ARGV[4]))
  if state.back and now < state.back + outage then
    -- Other clients do not know yet that the Redis server is reachable again, and still send
    -- requests at their share of the rate.
    rate = rate * math.min(1, redis.call('ZCOUNT', KEYS[2], state.back, '+inf') / state.expected)
  end
  slot = math.max(now, state.closed or 0, state.next or 0)
  if slot - now > longest then return {slot - now, 0, clients} end
  set('next', whole(slot + 1000000 / rate), 'last', whole(slot))
end

local sent = state.sent or 0
local earlier = tonumber(redis.call('HGET', KEYS[1], 's' .. sent % limit) or 0)
local wait = math.max(slot - now, earlier + window - now)
keep(wait)
if wait >= 1000 then return {math.ceil(wait), slot, clients} end
set('sent', sent + 1, 's' .. sent % limit, whole(now))
return {0, slot, clients}
"""
)

#: Makes a time slot free again if it is the one that was reserved last. Argument: the slot.
RELEASE = """
if redis.call('HGET', KEYS[1], 'last') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'next', ARGV[1])
end
return {}
"""

#: Returns retry_at, daily and limit of the rate limit that forbids requests now; returns nothing if
#: requests are permitted.
LIMIT = (
    _STATE
    + """
if not state.closed or now >= state.closed then return {} end
return redis.call('HMGET', KEYS[1], 'retry_at', 'daily', 'limit')
"""
)

#: Stores a 429 response. Arguments: wait, retry_at, daily, limit, rate of the plan, used share of a
#: limit, lowest rate, growth of the rate, factor for the rate after a first 429 and after a
#: repeated 429, microseconds after which a 429 counts as first.
REPORT_LIMIT = (
    _STATE
    + """
local wait, daily, limit = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local rate, ceiling = current_rate(tonumber(ARGV[5]), tonumber(ARGV[8]))
if daily == '0' and now >= (state.closed or 0) then
  if limit > 0 and limit * tonumber(ARGV[6]) < ceiling then
    ceiling = limit * tonumber(ARGV[6])
  elseif state.changed and now < state.changed + tonumber(ARGV[11]) then
    rate = rate * tonumber(ARGV[10])
  else
    rate = rate * tonumber(ARGV[9])
  end
  rate = math.min(math.max(rate, tonumber(ARGV[7])), ceiling)
  set('rate', rate, 'ceiling', ceiling, 'changed', whole(now))
end
set('closed', whole(math.max(state.closed or 0, now + wait)), 'retry_at', ARGV[2],
    'daily', daily, 'limit', ARGV[4])
keep(wait)
return {}
"""
)

#: Stores a token if the caller still has the lease. Keys: lease, token. Arguments: the id of the
#: lease, the token, its expiry in Unix milliseconds or 0. Returns 1 if it was stored.
SAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
if ARGV[3] ~= '0' then redis.call('PEXPIREAT', KEYS[2], ARGV[3]) end
return 1
"""

#: Deletes the lease if the caller still has it. Keys: lease, token. Argument: the id of the lease.
RELEASE_LEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""
