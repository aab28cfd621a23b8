// The instrumentation of gRPC through the bridge: client and server are one trace, by the metadata of the call.
import { runBoth } from './run-both.ts';

describe('gRPC', () => {
  test.each(['sdk-3', 'sdk-2'] as const)('all four kinds of call, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('grpc', { generation });
    expect(lines).toEqual([
      'server both streams',
      '  client grpc.shop.Shop/Chat (grpc)',
      '    server grpc.shop.Shop/Chat (grpc)',
      '  client hears echo hello',
      'server cancelled',
      '  client grpc.shop.Shop/Chat (grpc) ! 1 CANCELLED: Cancelled on client',
      '    server grpc.shop.Shop/Chat (grpc)',
      'server client stream',
      '  client grpc.shop.Shop/Upload (grpc)',
      '    server grpc.shop.Shop/Upload (grpc)',
      '      server has uploaded',
      'server deadline',
      '  client grpc.shop.Shop/Buy (grpc) !',
      '    client fails',
      '    server grpc.shop.Shop/Buy (grpc) !',
      '      server buys never',
      'server given metadata',
      '  client grpc.shop.Shop/Buy (grpc)',
      '    client has bought',
      '    server grpc.shop.Shop/Buy (grpc)',
      '      server buys with metadata',
      'server server stream',
      '  client grpc.shop.Shop/List (grpc)',
      '    server grpc.shop.Shop/List (grpc)',
      '      server lists',
      '  client reads one',
      '  client reads two',
      'server unary a',
      '  client grpc.shop.Shop/Buy (grpc)',
      '    client has bought',
      '    server grpc.shop.Shop/Buy (grpc)',
      '      server buys a',
      'server unary b',
      '  client grpc.shop.Shop/Buy (grpc)',
      '    client has bought',
      '    server grpc.shop.Shop/Buy (grpc)',
      '      server buys b',
      'server unary c',
      '  client grpc.shop.Shop/Buy (grpc)',
      '    client has bought',
      '    server grpc.shop.Shop/Buy (grpc)',
      '      server buys c',
      'server unary failure',
      '  client grpc.shop.Shop/Buy (grpc) !',
      '    client fails',
      '    server grpc.shop.Shop/Buy (grpc) !',
      '      server buys nothing',
    ]);
    expect(waymark).toEqual(sdk);
  });
});
