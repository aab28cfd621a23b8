// An Express app that caches in Redis, with ioredis. Its commands are traced, with nothing to write for them.
// It needs a server: docker run -p 6379:6379 redis, or yours in REDIS_URL.
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';
import { Redis } from 'ioredis';

const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost');

const app = express();
app.use(tracing({ serviceName: 'prices', exporter: 'console' }));

app.get('/prices/:article', async (req, res) => {
  const key = `waymark:price:${req.params.article}`;
  const cached = await redis.get(key);
  if (cached !== null) return res.json({ price: Number(cached) });

  const price = await withSpan('calculatePrice', () => wait(20, 4));
  // The span has the command and its key. Values are not recorded.
  await redis.multi().set(key, price, 'EX', 60).incr('waymark:misses').exec();
  res.json({ price });
});

const server = app.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/prices/tea`;
  // A client in its own thread, since its calls would be traced in this one. It asks twice.
  new Worker(`fetch('${url}').then(() => fetch('${url}'))`, { eval: true }).on('exit', async () => {
    server.close();
    await redis.del('waymark:price:tea', 'waymark:misses');
    await redis.quit();
  });
});

// What you should see:
//
// trace f6c189e313105fcd781a4420408878d8  4 spans, 1 service, 34.5 ms
// prices ▸ GET /prices/:article 200                           34.5 ms  ─────────────────────────
// ├─ → GET waymark:price:tea                                  0.73 ms   ╶
// ├─ calculatePrice                                           20.6 ms    ╶──────────────╴
// └─ → MULTI SET waymark:price:tea ? ? ? INCR waymark:misses  2.94 ms                    ╶─╴
//
// trace 6d203ae35d1230a068027c09a738a257  2 spans, 1 service, 1.11 ms
// prices ▸ GET /prices/:article 200  1.11 ms  ─────────────────────────
// └─ → GET waymark:price:tea         0.30 ms         ───────
