"""Particles on a line that are sorted, collide, are weighted, resampled and removed."""

import numpy as np

from tests.programs.check import program

POSITIONS = np.array([0.9, 0.1, 0.56, 1.6])
VELOCITIES = np.array([-0.5, 0.4, 0.1, -0.9])


def test_program(program, check):
    check(program)


def moved(positions, velocities, dt):
    positions += dt * velocities
    outside = positions < 0.0
    positions[outside] *= -1.0
    velocities[outside] *= -1.0


@program(POSITIONS, VELOCITIES)
def elastic_chain_that_sorts(x, v):
    x, v = x.copy(), v.copy()
    for _ in range(3):
        moved(x, v, 0.3)
        order = np.argsort(x)
        x = x[order]
        v = v[order]
        gaps = np.diff(x)
        force = np.zeros_like(x)
        force[:-1] += 0.5 * (gaps - 0.3)
        force[1:] -= 0.5 * (gaps - 0.3)
        v += 0.1 * force
        for i in range(len(x) - 1):
            if x[i + 1] - x[i] < 0.05:
                v[i], v[i + 1] = v[i + 1], v[i]
    return x * v


@program(POSITIONS, 0.4)
def resampled_by_weights(x, width):
    particles = x.copy()
    total = 0.0
    for k, observation in enumerate((0.6, 0.8)):
        weights = np.exp(-0.5 * ((particles - observation) / width) ** 2)
        total += np.log(weights.mean())
        weights /= weights.sum()
        cumulated = np.cumsum(weights)
        chosen = np.empty(len(particles), dtype=int)
        j = 0
        for i in range(len(particles)):
            while cumulated[j] < (i + 0.37) / len(particles):
                j += 1
            chosen[i] = j
        particles = particles[chosen] + 0.1 * (k + 1) * np.arange(len(particles))
    return total + np.sum(particles * weights)


@program(POSITIONS, VELOCITIES)
def deposited_on_a_grid(x, v):
    grid = np.zeros(5)
    for _ in range(2):
        cell = np.floor(x / 0.5).astype(int)
        share = x / 0.5 - cell
        grid[:] = 0.0
        np.add.at(grid, cell, 1.0 - share)
        np.add.at(grid, cell + 1, share)
        field = np.gradient(grid)
        v = v - 0.1 * ((1.0 - share) * field[cell] + share * field[cell + 1])
        x = np.abs(x + 0.1 * v)
    return x, grid


@program(POSITIONS, VELOCITIES)
def those_that_leave_are_removed(x, v):
    alive = [(x[i], v[i]) for i in range(len(x))]
    absorbed = 0.0
    for _ in range(4):
        remaining = []
        for position, velocity in alive:
            position = position + 0.4 * velocity
            if position < 0.2:
                absorbed = absorbed + velocity**2
                continue
            remaining.append((position, 0.9 * velocity))
        alive = remaining
    return absorbed + sum(position * velocity for position, velocity in alive)
