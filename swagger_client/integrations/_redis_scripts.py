"""The Lua scripts of :mod:`swagger_client.integrations.redis`: each is one atomic step.

Times are microseconds of the server's clock. The state of a label is one hash: ``next`` (the next
free slot), ``last`` (the one reserved last), ``closed`` (no request before), ``rate`` and
``ceiling`` (requests a second, stored after a 429 lowered them), ``changed`` (when), ``sent`` (how
many requests were sent) and the times of the last ones, ``s0``, ``s1`` and so on. ``back`` and
``expected`` describe the return of clients after an outage. Beside it, a sorted set has the clients
and when each took a slot last.
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

#: Reserve a slot, or confirm the reserved one; keys: state, clients.
#: slot (0 to reserve one), longest, plan, growth, limit, window, client, members' age,
#: clients known from earlier replies, whether the client comes from an outage, its duration
#: -> wait, slot (0: not reserved), number of clients
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
  -- The server lost its data, also of the requests of the last second.
  slot, state.next = 0, now + window
end
if slot == 0 or slot < (state.closed or 0) then
  local rate = current_rate(tonumber(ARGV[3]), tonumber(ARGV[4]))
  if state.back and now < state.back + outage then
    -- Clients that have not noticed yet continue at their share.
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

#: slot: the one reserved last is given back; an earlier one stays unused
RELEASE = """
if redis.call('HGET', KEYS[1], 'last') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'next', ARGV[1])
end
return {}
"""

#: -> retry_at, daily, limit; nothing when requests are permitted
LIMIT = (
    _STATE
    + """
if not state.closed or now >= state.closed then return {} end
return redis.call('HMGET', KEYS[1], 'retry_at', 'daily', 'limit')
"""
)

#: wait, retry_at, daily, limit, plan, headroom, slowest, growth, factors of a first and of a
#: repeated 429, microseconds after which a 429 is no repetition
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

#: lease, value, expiry in unix milliseconds or 0; keys: lease, token
SAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
if ARGV[3] ~= '0' then redis.call('PEXPIREAT', KEYS[2], ARGV[3]) end
return 1
"""

#: lease; keys: lease, token
RELEASE_LEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""
