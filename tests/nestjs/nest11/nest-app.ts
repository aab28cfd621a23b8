// One app for every version of NestJS. Its decorators are called as functions, so that no build step is needed.
import type * as NestCommon from '@nestjs/common';
import type * as NestCore from '@nestjs/core';
import type * as NestExpress from '@nestjs/platform-express';
import type * as NestFastify from '@nestjs/platform-fastify';
import type * as Core from '@waymark/core';

export interface Nest {
  readonly version: 10 | 11;
  readonly common: typeof NestCommon;
  readonly core: typeof NestCore;
  readonly express: typeof NestExpress;
  readonly fastify: typeof NestFastify;
}

export type NestApplication = NestCommon.INestApplication;

type Waymark = Pick<typeof Core, 'activeSpan' | 'withSpan'>;

/** An app with the global prefix `api` and versions in its paths. It does not listen yet. */
export async function createNestApp(
  { version, common, core, express, fastify }: Nest,
  platform: 'express' | 'fastify',
  { activeSpan, withSpan }: Waymark,
): Promise<NestApplication> {
  const { Controller, Get, Post, HttpException, Inject, Module, Param, Req, Scope, UseFilters, UseGuards } = common;
  const { UseInterceptors, VersioningType, VERSION_NEUTRAL, Catch, HttpStatus } = common;

  /** Throws an error that names the place. */
  function fail(place: string): never {
    throw new TypeError(`${place} failed`);
  }

  class Users {
    load(id: string) {
      return withSpan('service', async () => ({ id }));
    }
  }

  class TracedGuard {
    canActivate() {
      return withSpan('guard', async () => true);
    }
  }

  class TracedInterceptor {
    async intercept(_context: unknown, next: NestCommon.CallHandler) {
      await withSpan('interceptor', async () => {});
      return next.handle();
    }
  }

  class UsersController {
    private readonly users: Users;
    constructor(users: Users) {
      this.users = users;
    }
    read(id: string) {
      return withSpan('load', () => this.users.load(id));
    }
    trace(request: { span: Core.Span }) {
      return request.span === activeSpan() ? request.span.traceId : 'another span';
    }
    create() {
      return 'created';
    }
  }
  Inject(Users)(UsersController, undefined as never, 0);
  Param('id')(UsersController.prototype, 'read', 0);
  Req()(UsersController.prototype, 'trace', 0);
  decorate(UsersController, 'read', Get('users/:id'), UseGuards(TracedGuard), UseInterceptors(TracedInterceptor));
  decorate(UsersController, 'trace', Get('users/:id/trace'));
  decorate(UsersController, 'create', Post('users'));
  Controller({ version: '1' })(UsersController);

  class NewUsersController {
    read() {
      return 'v2';
    }
  }
  decorate(NewUsersController, 'read', Get(':id'));
  Controller({ path: 'users', version: '2' })(NewUsersController);

  class OpenController {
    health() {
      return 'ok';
    }
  }
  decorate(OpenController, 'health', Get('health'));
  Controller({ version: VERSION_NEUTRAL as never })(OpenController);

  class RootController {
    root() {
      return 'root';
    }
    file() {
      return 'file';
    }
  }
  decorate(RootController, 'root', Get());
  decorate(RootController, 'file', Get(version === 11 && platform === 'express' ? 'files/*path' : 'files/*'));
  Controller({ version: '1' })(RootController);

  /** Answers with the status that it was created with. */
  class AnsweringFilter {
    private readonly status: number;
    private readonly isAsync: boolean;
    constructor(status: number, isAsync: boolean) {
      this.status = status;
      this.isAsync = isAsync;
    }
    catch(_exception: unknown, host: NestCommon.ArgumentsHost) {
      const answer = () => host.switchToHttp().getResponse().status(this.status).send({ status: this.status });
      if (!this.isAsync) {
        answer();
        return undefined;
      }
      return Promise.resolve().then(() => {
        answer();
      });
    }
  }
  Catch()(AnsweringFilter);

  class FailingController {
    handler() {
      fail('handler');
    }
    async rejection() {
      await Promise.resolve();
      fail('rejection');
    }
    guard() {}
    pipe() {}
    interceptor() {}
    forbidden() {}
    filtered() {
      fail('filtered');
    }
    asyncFiltered() {
      fail('async-filtered');
    }
    turned() {
      fail('turned');
    }
    status(status: string) {
      throw new HttpException(`status ${status}`, Number(status));
    }
  }
  Param('id', { transform: () => fail('pipe') })(FailingController.prototype, 'pipe', 0);
  Param('status')(FailingController.prototype, 'status', 0);
  decorate(FailingController, 'handler', Get('handler'));
  decorate(FailingController, 'rejection', Get('rejection'));
  decorate(FailingController, 'guard', Get('guard'), UseGuards({ canActivate: () => fail('guard') }));
  decorate(FailingController, 'pipe', Get('pipe/:id'));
  decorate(
    FailingController,
    'interceptor',
    Get('interceptor'),
    UseInterceptors({ intercept: () => fail('interceptor') }),
  );
  decorate(FailingController, 'forbidden', Get('forbidden'), UseGuards({ canActivate: () => false }));
  decorate(FailingController, 'filtered', Get('filtered'), UseFilters(new AnsweringFilter(500, false)));
  decorate(FailingController, 'asyncFiltered', Get('async-filtered'), UseFilters(new AnsweringFilter(500, true)));
  decorate(FailingController, 'turned', Get('turned'), UseFilters(new AnsweringFilter(HttpStatus.OK, false)));
  decorate(FailingController, 'status', Get('status/:status'));
  Controller({ path: 'failing', version: '1' })(FailingController);

  class ScopedController {
    fail() {
      fail('scoped');
    }
  }
  decorate(ScopedController, 'fail', Get('scoped'));
  Controller({ path: 'failing', version: '1', scope: Scope.REQUEST })(ScopedController);

  class AppModule {
    configure(consumer: NestCommon.MiddlewareConsumer) {
      consumer
        .apply(async (request: { originalUrl: string }, _response: unknown, next: () => void) => {
          if (request.originalUrl.includes('fail=middleware')) fail('middleware');
          await withSpan('middleware', async () => {});
          next();
        })
        .forRoutes({ path: 'v1/users/:id', method: common.RequestMethod.GET });
    }
  }
  Module({
    controllers: [
      UsersController,
      NewUsersController,
      OpenController,
      RootController,
      FailingController,
      ScopedController,
    ],
    providers: [Users],
  })(AppModule);

  const adapter = platform === 'express' ? new express.ExpressAdapter() : new fastify.FastifyAdapter();
  const app = await core.NestFactory.create(AppModule, adapter as NestCore.AbstractHttpAdapter, { logger: false });
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI });
  return app;
}

function decorate(
  controller: { readonly prototype: object },
  method: string,
  ...decorators: readonly MethodDecorator[]
): void {
  const descriptor = Object.getOwnPropertyDescriptor(controller.prototype, method);
  if (descriptor === undefined) throw new Error(`no method ${method}`);
  for (const apply of decorators) apply(controller.prototype, method, descriptor);
}
