import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { withSpan } from '@waymark/core';
import { traceNest } from '@waymark/express';
import { database } from './database.js';

@Controller('users')
class UsersController {
  @Get(':id')
  find(@Param('id') id: string) {
    return withSpan('loadUser', async () => {
      const { rows } = await database.query('SELECT name FROM users WHERE id = $1', [id]);
      return rows[0];
    });
  }
}

@Module({ controllers: [UsersController] })
class AppModule {}

const app = await NestFactory.create(AppModule);
await traceNest(app, { serviceName: 'users' }); // before listen()
await app.listen(process.env.PORT ?? 3000);
