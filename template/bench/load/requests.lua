-- Sends the requests of a file in turn. They are complete HTTP messages, separated by a record separator.
init = function(args)
  requests = {}
  for message in io.open(args[1]):read("*a"):gmatch("[^\30]+") do
    requests[#requests + 1] = message
  end
  last = 0
end

request = function()
  last = last % #requests + 1
  return requests[last]
end
