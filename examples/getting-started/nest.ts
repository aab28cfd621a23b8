import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { withSpan } from '@waymark/core';
import { traceNest } from '@waymark/express';
import { query } from './database.js';

@Controller('users')
class UsersController {
  @Get(':id')
  find(@Param('id') id: string) {
    return withSpan('loadUser', async () => {
      const [row] = query('SELECT users', 'SELECT name FROM users WHERE id = ?', [id]);
      return row;
    });
  }
}

@Module({ controllers: [UsersController] })
class AppModule {}

const app = await NestFactory.create(AppModule);
await traceNest(app, { serviceName: 'users' }); // before listen()
await app.listen(process.env.PORT ?? 3000);
