"""Recipes that make the shipped weights from data folders."""
