-- Sends ten requests in one write, as Fastify's own benchmarks do.
init = function(args)
  local requests = {}
  for i = 1, 10 do
    requests[i] = wrk.format()
  end
  ten = table.concat(requests)
end

request = function()
  return ten
end
