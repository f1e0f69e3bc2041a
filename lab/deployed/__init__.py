"""All of it deployed as operators deploy it: three stacks on a Swarm of five, with the image of the real Dockerfile."""
