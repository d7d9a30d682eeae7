"""A chain of masses and springs made of objects that point at each other."""

import dataclasses

import numpy as np

from tests.programs.check import program

OFFSETS = np.array([0.1, -0.2, 0.3])
STIFFNESS = np.array([2.0, 1.5, 3.0, 1.0])


def test_program(program, check):
    check(program)


class Mass:
    def __init__(self, position, mass=1.0, fixed=False):
        self.position = position
        self.velocity = 0.0
        self.force = 0.0
        self.mass = mass
        self.fixed = fixed

    def advance(self, dt):
        if self.fixed:
            return
        self.velocity += dt * self.force / self.mass
        self.position += dt * self.velocity
        self.force = 0.0

    @property
    def kinetic_energy(self):
        return 0.5 * self.mass * self.velocity**2


@dataclasses.dataclass
class Spring:
    left: Mass
    right: Mass
    stiffness: float
    rest: float = 1.0

    def stretch(self):
        return self.right.position - self.left.position - self.rest

    def pull(self):
        force = self.stiffness * self.stretch() + 0.1 * self.stretch() ** 3
        self.left.force += force
        self.right.force -= force

    def energy(self):
        return 0.5 * self.stiffness * self.stretch() ** 2


class Chain:
    def __init__(self, offsets, stiffness):
        self.masses = [Mass(0.0, fixed=True)]
        for k, offset in enumerate(offsets):
            self.masses.append(Mass(k + 1.0 + offset))
        self.masses.append(Mass(len(offsets) + 1.0, fixed=True))
        self.springs = [Spring(a, b, k) for a, b, k in zip(self.masses, self.masses[1:], stiffness)]
        self.time = 0.0

    def step(self, dt):
        for spring in self.springs:
            spring.pull()
        for mass in self.masses:
            mass.advance(dt)
        self.time += dt

    def energy(self):
        return sum(s.energy() for s in self.springs) + sum(m.kinetic_energy for m in self.masses)


@program(OFFSETS, STIFFNESS)
def energy_after_some_steps(offsets, stiffness):
    chain = Chain(offsets, stiffness)
    for _ in range(3):
        chain.step(0.1)
    return chain.energy() * chain.time


@program(OFFSETS, STIFFNESS)
def positions_after_some_steps(offsets, stiffness):
    chain = Chain(offsets, stiffness)
    while chain.time < 0.25:
        chain.step(0.1)
    return np.array([mass.position for mass in chain.masses if not mass.fixed])


@program(OFFSETS)
def one_spring_breaks(offsets):
    chain = Chain(offsets, [2.0, 1.0, 2.0, 1.0])
    for _ in range(3):
        for spring in chain.springs:
            if spring.stretch() > 0.45:
                spring.stiffness = 0.0
        chain.step(0.1)
    return chain.energy()
