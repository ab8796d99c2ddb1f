-- Ten requests in one write, as the benchmarks of Fastify send them.
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
