/** The row `raw`: node:http alone. Plain JavaScript for the same reason as bare.mjs. */
import { createServer } from 'node:http';
import route from '../route.json' with { type: 'json' };

const content = { ...route.response, node: process.version };

const server = createServer((request, response) => {
  const { url = '' } = request;
  if (url === route.path && request.method === 'GET') {
    const body = JSON.stringify(content);
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  } else {
    response.statusCode = url === '/readyz' ? 200 : 404;
    response.end();
  }
});
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env.PORT), '127.0.0.1');
