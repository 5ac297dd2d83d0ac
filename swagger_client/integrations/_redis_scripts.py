"""The Lua scripts of :mod:`swagger_client.integrations.redis`: each is one atomic step.

Times are microseconds of the server's clock. A label's state is one hash: ``next`` (the next free
slot), ``last`` (the one reserved last), ``closed`` (no request before), ``rate`` and ``ceiling``
(requests a second, stored after a 429 lowered them), ``changed``, and counts of two seconds.
"""

_STATE = """
local parts = redis.call('TIME')
local now = parts[1] * 1000000 + parts[2]
local names = {'next', 'closed', 'rate', 'ceiling', 'changed', 'second', 'recent', 'before'}
local values = redis.call('HMGET', KEYS[1], unpack(names))
local state = {}
for i, name in ipairs(names) do state[name] = tonumber(values[i]) end
local function current_rate(plan, growth)
  local ceiling = math.min(plan, state.ceiling or plan)
  local rate = math.min(state.rate or ceiling, ceiling)
  if state.changed then
    rate = math.min(ceiling, rate + growth * (now - state.changed) / 1000000)
  end
  return rate, ceiling
end
"""

#: plan, longest, growth -> wait, slot (0 when the wait is too long)
RESERVE = (
    _STATE
    + """
local rate = current_rate(tonumber(ARGV[1]), tonumber(ARGV[3]))
local slot = math.max(now, state.closed or 0, state.next or 0)
if slot - now > tonumber(ARGV[2]) then return {slot - now, 0} end
local second = math.floor(now / 1000000)
local recent, before = 1, 0
if state.second == second then recent, before = state.recent + 1, state.before
elseif state.second == second - 1 then before = state.recent end
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', slot + 1000000 / rate),
           'last', string.format('%.0f', slot), 'second', second,
           'recent', recent, 'before', before)
redis.call('PEXPIRE', KEYS[1], math.max(3600000, math.ceil((slot - now) / 1000) * 2))
return {slot - now, slot}
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

#: wait, retry_at, daily, limit, plan, headroom, back_off_to, slowest, growth
REPORT_LIMIT = (
    _STATE
    + """
local wait, daily, limit = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local rate, ceiling = current_rate(tonumber(ARGV[5]), tonumber(ARGV[9]))
if daily == '0' and now >= (state.closed or 0) then
  if state.recent then rate = math.min(rate, math.max(state.recent, state.before)) end
  if limit > 0 and limit * tonumber(ARGV[6]) < ceiling then
    ceiling = limit * tonumber(ARGV[6])
  else
    rate = rate * tonumber(ARGV[7])
  end
  rate = math.min(math.max(rate, tonumber(ARGV[8])), ceiling)
  redis.call('HSET', KEYS[1], 'rate', rate, 'ceiling', ceiling,
             'changed', string.format('%.0f', now))
end
local closed = math.max(state.closed or 0, now + wait)
redis.call('HSET', KEYS[1], 'closed', string.format('%.0f', closed), 'retry_at', ARGV[2],
           'daily', daily, 'limit', ARGV[4])
redis.call('PEXPIRE', KEYS[1], math.max(3600000, math.ceil(wait / 1000) * 2))
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
